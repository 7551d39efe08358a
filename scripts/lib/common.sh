# Sourced by the scripts: where things are, and how a build folder is made.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
mkdir -p .build
jobs=${FASTGATE_JOBS:-$(nproc)}

# Lets clones in different folders share the compiler cache.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1

say() { printf '\n== %s\n' "$*"; }

# Sets `options` to CMake's for one kind of build. Sanitizer builds are by clang (its runtimes know
# current kernels) and little optimised: they are run once or twice only.
options_for() {
  local gcc=(-DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++)
  local clang=(-DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19)
  local checked=(-DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -gline-tables-only"
    "-DCMAKE_C_FLAGS_DEBUG=-O1 -gline-tables-only")
  case "$1" in
    release)
      options=("${gcc[@]}" -DCMAKE_BUILD_TYPE=RelWithDebInfo)
      # Fetched by scripts/lib/install package.
      if [ -f .build/simdjson/simdjson.cpp ]; then
        options+=("-DFASTGATE_SIMDJSON_SOURCE=$root/.build/simdjson/simdjson.cpp")
      fi
      ;;
    # With the fuzz targets, which want the same sanitizers. More sources together than elsewhere, for clang-tidy too:
    # two fifths of its time go into headers.
    address) options=("${clang[@]}" "${checked[@]}" -DFASTGATE_FUZZ=ON -DFASTGATE_UNITY_SIZE=25) ;;
    # Other sources together than elsewhere, so that an include that is missing seldom hides.
    thread) options=("${clang[@]}" "${checked[@]}" -DFASTGATE_SANITIZE=thread -DFASTGATE_UNITY_SIZE=7) ;;
    # Other warnings than everywhere else can come of what was recorded.
    trained)
      options_for release
      options+=(-DFASTGATE_TESTS=OFF -DFASTGATE_WERROR=OFF)
      ;;
    *) echo "no kind of build: $1" >&2; return 2 ;;
  esac
}

# configure KIND [OPTIONS…]: makes the build folder .build/KIND.
configure() {
  local options
  options_for "$1"
  options+=("${@:2}")
  if ! cmake -S . -B ".build/$1" -G Ninja "${options[@]}" >".build/$1.configure.log" 2>&1; then
    cat ".build/$1.configure.log" >&2
    return 1
  fi
}

# build KIND [TARGETS…]: configures and builds; without targets, all of them.
build() {
  local kind=$1
  shift
  configure "$kind" && nice ninja --quiet -k 0 -C ".build/$kind" -j "$jobs" "$@"
}

# build_trained: the binary that is shipped, .build/trained/src/fastgate: laid out by what it does often under the
# loads of scripts/bench (profile-guided optimisation) and linked as one program. Compiled twice, and not again while its
# sources stay the same.
build_trained() {
  local folder=.build/trained state
  state=$(find CMakeLists.txt src scripts/cmake scripts/lib -type f -not -path '*/node_modules/*' -print0 | sort -z |
    xargs -0 sha256sum | sha256sum)
  [ "$state" != "$(cat "$folder/state" 2>/dev/null)" ] || return 0
  rm -rf "$folder"
  build release bench_upstream bench_load bench_tls
  # The cache would hand out objects that record into another folder.
  CCACHE_DISABLE=1 build_training record
  scripts/lib/train.py "$folder/src/fastgate"
  CCACHE_DISABLE=1 build_training use
  echo "$state" >"$folder/state"
}

build_training() {
  configure trained "-DFASTGATE_TRAINING=$1" && nice ninja --quiet -C .build/trained -j "$jobs" fastgate
}
