# Libraries from Debian. Each is wrapped in a target fg_dep_<name> with system includes, so that
# their headers raise no warnings here.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(PkgConfig REQUIRED)

function(fg_dependency name)
  cmake_parse_arguments(arg "" "" "LIBS;INCLUDES" ${ARGN})
  add_library(fg_dep_${name} INTERFACE)
  target_link_libraries(fg_dep_${name} INTERFACE ${arg_LIBS})
  if(arg_INCLUDES)
    target_include_directories(fg_dep_${name} SYSTEM INTERFACE ${arg_INCLUDES})
  endif()
endfunction()

fg_dependency(openssl LIBS OpenSSL::SSL OpenSSL::Crypto)
fg_dependency(uv LIBS uv_a Threads::Threads dl rt)
fg_dependency(yaml LIBS ${CMAKE_STATIC_LIBRARY_PREFIX}yaml.a)
# Debian has simdjson as a shared library only; for packages it is built from Debian's source.
set(FASTGATE_SIMDJSON_SOURCE "" CACHE FILEPATH "simdjson.cpp of the version of simdjson.h")
if(FASTGATE_SIMDJSON_SOURCE)
  add_library(fg_simdjson STATIC ${FASTGATE_SIMDJSON_SOURCE})
  target_compile_options(fg_simdjson PRIVATE -O2 -w)
  fg_dependency(simdjson LIBS fg_simdjson)
else()
  fg_dependency(simdjson LIBS simdjson)
endif()
fg_dependency(sqlite LIBS ${CMAKE_STATIC_LIBRARY_PREFIX}sqlite3.a m dl)
fg_dependency(pcre2 LIBS ${CMAKE_STATIC_LIBRARY_PREFIX}pcre2-8.a)
set(fg_decode z brotlidec brotlicommon zstd)
list(TRANSFORM fg_decode PREPEND ${CMAKE_STATIC_LIBRARY_PREFIX})
list(TRANSFORM fg_decode APPEND .a)
fg_dependency(decode LIBS ${fg_decode})

# llhttp comes as C source in Debian's node-llhttp; strict mode refuses what lenient readers let by.
set(FASTGATE_LLHTTP_DIR /usr/share/llhttp CACHE PATH "Folder of llhttp's api.c, http.c, llhttp.c")
set(FASTGATE_LLHTTP_INCLUDE /usr/share/include/llhttp CACHE PATH "Folder of llhttp.h")
add_library(fg_llhttp STATIC ${FASTGATE_LLHTTP_DIR}/api.c ${FASTGATE_LLHTTP_DIR}/http.c
            ${FASTGATE_LLHTTP_DIR}/llhttp.c)
target_include_directories(fg_llhttp SYSTEM PUBLIC ${FASTGATE_LLHTTP_INCLUDE})
target_compile_definitions(fg_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
target_compile_options(fg_llhttp PRIVATE -O2 -w)
set_target_properties(fg_llhttp PROPERTIES UNITY_BUILD OFF)
fg_dependency(llhttp LIBS fg_llhttp)
