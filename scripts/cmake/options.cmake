# Compiler settings that every target of the project shares, as the interface target fg_options.
# A target with the property fg_is_test is a program of tests, and compiled without optimisation; one with
# fg_is_unfuzzed is of no fuzz target, whose coverage it need not record.
set(fg_no_test "$<NOT:$<BOOL:$<TARGET_PROPERTY:fg_is_test>>>")
set(fg_fuzzed "$<AND:${fg_no_test},$<NOT:$<BOOL:$<TARGET_PROPERTY:fg_is_unfuzzed>>>>")
add_library(fg_options INTERFACE)
target_include_directories(fg_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(fg_options INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                       -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wimplicit-fallthrough)
# GCC 12 sees overlapping copies in std::string where there are none (GCC bug 105651).
target_compile_options(fg_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
# A source that another one includes is taken for a header.
if(CMAKE_UNITY_BUILD)
  target_compile_options(fg_options INTERFACE
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
# The stable_sort of libstdc++ 12 calls a function that it declares deprecated itself.
target_compile_options(fg_options INTERFACE
                       $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
if(FASTGATE_WERROR)
  target_compile_options(fg_options INTERFACE -Werror)
endif()

# Hardening of the shipped binary; sanitizer builds bring their own checks.
if(NOT FASTGATE_SANITIZE AND NOT FASTGATE_FUZZ)
  target_compile_options(fg_options INTERFACE -fstack-protector-strong -fcf-protection
                         $<$<AND:$<NOT:$<CONFIG:Debug>>,${fg_no_test}>:-D_FORTIFY_SOURCE=2>)
  target_link_options(fg_options INTERFACE -pie -Wl,-z,relro,-z,now)
endif()

if(FASTGATE_SANITIZE STREQUAL "address")
  set(fg_sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(FASTGATE_SANITIZE STREQUAL "thread")
  set(fg_sanitize -fsanitize=thread)
elseif(FASTGATE_SANITIZE)
  message(FATAL_ERROR "FASTGATE_SANITIZE is address or thread, not ${FASTGATE_SANITIZE}")
endif()
if(FASTGATE_FUZZ)
  list(APPEND fg_sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_compile_options(fg_options INTERFACE $<${fg_fuzzed}:-fsanitize=fuzzer-no-link>)
  target_link_options(fg_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(fg_sanitize)
  target_compile_options(fg_options INTERFACE ${fg_sanitize} -fno-omit-frame-pointer)
  target_link_options(fg_options INTERFACE ${fg_sanitize})
endif()

if(FASTGATE_SANITIZE STREQUAL "thread")
  add_library(fg_visible_close OBJECT ${CMAKE_SOURCE_DIR}/tests/support/visible_close.c)
  target_link_libraries(fg_options INTERFACE $<TARGET_OBJECTS:fg_visible_close>)
  target_link_options(fg_options INTERFACE -Wl,--wrap=syscall)
endif()

# Of libraries too that are compiled here. Each object's record is written beside the object.
if(FASTGATE_TRAINING STREQUAL "record")
  add_compile_options(-fprofile-generate -fprofile-update=atomic)
  add_link_options(-fprofile-generate)
elseif(FASTGATE_TRAINING STREQUAL "use")
  # What the training never runs is compiled as without it.
  add_compile_options(-fprofile-use -fprofile-partial-training -Wno-missing-profile)
  # A request runs hardly a loop, but more code than a processor's nearest cache holds. So all is
  # linked as one program, where what follows each other is inlined or stands side by side, and what
  # pads code or copies it for the sake of loops is left out.
  add_compile_options(-flto=auto -falign-functions=1 -falign-jumps=1 -falign-loops=1 -fno-tracer
                      -fno-unroll-loops -fno-peel-loops -fno-split-loops -fno-unswitch-loops
                      -fno-ipa-cp-clone -fno-tree-loop-vectorize)
elseif(FASTGATE_TRAINING)
  message(FATAL_ERROR "FASTGATE_TRAINING is record or use, not ${FASTGATE_TRAINING}")
endif()
