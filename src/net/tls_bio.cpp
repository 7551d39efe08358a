#include "net/tls_bio.h"

#include <algorithm>

namespace fastgate::net {
namespace {

int read_record(BIO* bio, char* out, std::size_t size, std::size_t* done) {
  auto* buffers = static_cast<TlsBuffers*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  *done = std::min(size, buffers->input.size());
  if (*done == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::copy_n(buffers->input.data(), *done, out);
  buffers->input.remove_prefix(*done);
  return 1;
}

int write_record(BIO* bio, const char* bytes, std::size_t size, std::size_t* done) {
  auto* buffers = static_cast<TlsBuffers*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  FG_ASSERT(buffers->output != nullptr);
  buffers->output->append(bytes, size);
  *done = size;
  return 1;
}

long control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

}  // namespace

Result<BioMethodPtr> make_tls_bio_method() {
  BioMethodPtr method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "fastgate stream"));
  if (method == nullptr || BIO_meth_set_read_ex(method.get(), read_record) != 1 ||
      BIO_meth_set_write_ex(method.get(), write_record) != 1 ||
      BIO_meth_set_ctrl(method.get(), control) != 1 ||
      BIO_meth_set_create(method.get(), create) != 1) {
    return fail(ErrorKind::Config, "cannot set up TLS: " + take_openssl_error());
  }
  return method;
}

bool attach_tls_bio(SSL& ssl, const BIO_METHOD& method, TlsBuffers& buffers) {
  BIO* bio = BIO_new(&method);
  if (bio == nullptr) return false;
  BIO_set_data(bio, &buffers);
  SSL_set_bio(&ssl, bio, bio);  // takes it over
  return true;
}

}  // namespace fastgate::net
