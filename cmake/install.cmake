# Installation: one exported set per component, so that a program that uses only the core needs
# none of the ports' dependencies.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(hubtwin_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hubtwin)

# hubtwin_install(<target> <component> HEADERS <folder>/ [DEPENDS <package>...] [MODULES <file>...])
# Installs the target as hubtwin::<component> with its headers. DEPENDS are the packages that
# find_package(hubtwin COMPONENTS <component>) looks for first, MODULES the find modules of ours
# that it needs to do so.
function(hubtwin_install target component)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "HEADERS" "DEPENDS;MODULES")
  if(NOT HUBTWIN_INSTALL)
    return()
  endif()
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${component})
  install(TARGETS ${target} EXPORT hubtwin-${component}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(DIRECTORY ${arg_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          FILES_MATCHING PATTERN *.hpp PATTERN *.ipp)
  install(EXPORT hubtwin-${component} NAMESPACE hubtwin:: DESTINATION ${hubtwin_package_dir})

  set(dependencies "list(PREPEND CMAKE_MODULE_PATH \"\${CMAKE_CURRENT_LIST_DIR}/modules\")\n")
  foreach(package ${arg_DEPENDS})
    string(APPEND dependencies "find_dependency(${package})\n")
  endforeach()
  string(APPEND dependencies "list(REMOVE_AT CMAKE_MODULE_PATH 0)\n")
  set(dependencies_file ${PROJECT_BINARY_DIR}/hubtwin-dependencies-${component}.cmake)
  file(WRITE ${dependencies_file} "${dependencies}")
  install(FILES ${dependencies_file} DESTINATION ${hubtwin_package_dir})
  install(FILES ${arg_MODULES} DESTINATION ${hubtwin_package_dir}/modules)
endfunction()

if(HUBTWIN_INSTALL)
  configure_package_config_file(cmake/hubtwin-config.cmake.in
                                ${PROJECT_BINARY_DIR}/hubtwin-config.cmake
                                INSTALL_DESTINATION ${hubtwin_package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/hubtwin-config-version.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/hubtwin-config.cmake
                ${PROJECT_BINARY_DIR}/hubtwin-config-version.cmake
          DESTINATION ${hubtwin_package_dir})
endif()
