/// A number of places that calls take and give back, so that what outlives a call stays bounded.
///
/// Places are taken and given back on any thread, also after the book of them has ended.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace fastgate::admin {

class Places {
 public:
  /// One place; destroying it gives it back.
  class Place {
   public:
    explicit Place(std::shared_ptr<std::atomic<std::size_t>> taken) : taken_(std::move(taken)) {}
    ~Place() { taken_->fetch_sub(1); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::shared_ptr<std::atomic<std::size_t>> taken_;
  };

  explicit Places(std::size_t most) : most_(most) {}

  /// Null if all are taken.
  [[nodiscard]] std::unique_ptr<Place> take() {
    auto place = taken_->fetch_add(1) < most_ ? std::make_unique<Place>(taken_) : nullptr;
    if (!place) taken_->fetch_sub(1);
    return place;
  }

 private:
  const std::size_t most_;
  const std::shared_ptr<std::atomic<std::size_t>> taken_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace fastgate::admin
