#include "cli/run.h"

int main(int argc, char** argv) {
  return fastgate::cli::run(argc, argv);
}
