# SPDX-License-Identifier: MIT
#
# Headers, CMake package, pkg-config file, and the archives of `cpack`. Nothing depends on the
# processor, so everything goes below include/ and share/.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/soma")
set(pc_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")

install(TARGETS soma EXPORT somaTargets FILE_SET HEADERS)
install(EXPORT somaTargets NAMESPACE soma:: DESTINATION "${package_dir}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/somaConfig.cmake.in"
    "${CMAKE_CURRENT_BINARY_DIR}/somaConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/somaConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
    "${CMAKE_CURRENT_BINARY_DIR}/somaConfig.cmake"
    "${CMAKE_CURRENT_BINARY_DIR}/somaConfigVersion.cmake"
    "${CMAKE_CURRENT_LIST_DIR}/SomaDependencies.cmake"
    DESTINATION "${package_dir}")

# The prefix is stated relative to the file itself, so an installed tree can be moved.
file(RELATIVE_PATH up "/prefix/${pc_dir}" "/prefix")
string(REGEX REPLACE "/$" "" SOMA_PC_PREFIX "\${pcfiledir}/${up}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/soma.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/soma.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/soma.pc" DESTINATION "${pc_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

set(CPACK_PACKAGE_NAME soma)
set(CPACK_PACKAGE_CONTACT "soma authors")
set(CPACK_PACKAGE_VENDOR "soma authors")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGE_FILE_NAME "soma-${PROJECT_VERSION}")
set(CPACK_GENERATOR "TGZ")
find_program(SOMA_DPKG_DEB dpkg-deb)
mark_as_advanced(SOMA_DPKG_DEB)
if(SOMA_DPKG_DEB)
    list(APPEND CPACK_GENERATOR "DEB")
endif()
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_NAME libsoma-dev)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libxsimd-dev (>= 8.1.0), librange-v3-dev (>= 0.12.0)")
include(CPack)
