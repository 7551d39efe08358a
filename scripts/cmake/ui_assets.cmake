# The web pages of src/admin/ui/, bundled and compressed into a generated source of fg_admin. npm runs
# when the lock file changed, the bundler when a page did.
find_program(NODE_PROGRAM NAMES node nodejs REQUIRED)
find_program(NPM_PROGRAM npm REQUIRED)

set(FASTGATE_UI_PACKAGES ${CMAKE_SOURCE_DIR}/.build/ui-packages CACHE PATH
    "Folder whose node_modules holds the npm packages of the pages; shared by all kinds of builds")
set(ui_folder ${CMAKE_SOURCE_DIR}/src/admin/ui)
set(ui_installed ${FASTGATE_UI_PACKAGES}/node_modules/.installed-lock.json)
set(ui_source ${CMAKE_BINARY_DIR}/admin/ui_assets.cpp)
file(GLOB_RECURSE ui_files CONFIGURE_DEPENDS ${ui_folder}/*.js ${ui_folder}/*.css
     ${ui_folder}/*.html ${ui_folder}/*.svg)

add_custom_command(
  OUTPUT ${ui_installed}
  COMMAND ${CMAKE_SOURCE_DIR}/scripts/lib/npm_packages ${ui_folder} ${FASTGATE_UI_PACKAGES}
  COMMAND ${CMAKE_COMMAND} -E touch ${ui_installed}
  DEPENDS ${ui_folder}/package.json ${ui_folder}/package-lock.json
          ${CMAKE_SOURCE_DIR}/scripts/lib/npm_packages
  COMMENT "npm packages of the pages" VERBATIM)
add_custom_command(
  OUTPUT ${ui_source}
  COMMAND ${NODE_PROGRAM} ${ui_folder}/build.mjs ${FASTGATE_UI_PACKAGES}/node_modules
          ${CMAKE_BINARY_DIR}/admin
  DEPENDS ${ui_files} ${ui_folder}/build.mjs ${ui_installed}
  COMMENT "the pages" VERBATIM)
target_sources(fg_admin PRIVATE ${ui_source})
