# Finds RapidJSON's headers and sets hubtwin_rapidjson_include.
find_path(HUBTWIN_RAPIDJSON_INCLUDE_DIR rapidjson/reader.h
          PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH
          DOC "Folder that holds rapidjson/ (headers only)")
if(NOT HUBTWIN_RAPIDJSON_INCLUDE_DIR)
  message(FATAL_ERROR "RapidJSON's headers were not found. Install them (Debian: rapidjson-dev) or "
                      "set HUBTWIN_RAPIDJSON_INCLUDE_DIR to the folder that holds rapidjson/.")
endif()
set(hubtwin_rapidjson_include ${HUBTWIN_RAPIDJSON_INCLUDE_DIR})
if(CMAKE_CROSSCOMPILING)
  # The host's include folder must stay out of a cross build: it holds the host's C library.
  set(hubtwin_rapidjson_include ${PROJECT_BINARY_DIR}/rapidjson)
  file(MAKE_DIRECTORY ${hubtwin_rapidjson_include})
  file(CREATE_LINK ${HUBTWIN_RAPIDJSON_INCLUDE_DIR}/rapidjson
       ${hubtwin_rapidjson_include}/rapidjson COPY_ON_ERROR SYMBOLIC)
endif()
