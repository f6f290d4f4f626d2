# How programs are installed, and what LOGD_BUNDLE makes of that: a tree that runs wherever it is
# unpacked, on any Linux with the C library of the build or a newer one (script/package --tarball).
#
# RE2, zlib and libdeflate are linked statically. All other libraries, but for the C library, are
# copied into lib/ of the tree, and found there before any of the system's. The C++ library is one
# of these: Debian has simdjson and date as shared libraries only, which need the shared one, and a
# second, static one beside it would have its own locales, exceptions in flight and unwinder.
set(bundle_excluded
  "^ld-linux" "^lib(c|m|dl|rt|pthread|resolv|util|anl|mvec)\\.so"
  # With its tree, certificates and all, it is the system's affair.
  "^libcurl" "^lib(ssl|crypto)\\.so")

if(LOGD_BUNDLE)
  find_library(LOGD_STATIC_RE2 libre2.a REQUIRED)
  find_library(LOGD_STATIC_DEFLATE libdeflate.a REQUIRED)
  set_target_properties(PkgConfig::RE2 PROPERTIES
    INTERFACE_LINK_LIBRARIES "${LOGD_STATIC_RE2};Threads::Threads")
  set_target_properties(PkgConfig::LIBDEFLATE PROPERTIES
    INTERFACE_LINK_LIBRARIES ${LOGD_STATIC_DEFLATE})
  install(RUNTIME_DEPENDENCY_SET logd_bundle PRE_EXCLUDE_REGEXES ${bundle_excluded}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

# A program goes into `folder`, relative to the prefix.
function(logd_install program folder)
  get_target_property(options ${program} LINK_OPTIONS)
  if(NOT LOGD_BUNDLE OR "-static" IN_LIST options)
    install(TARGETS ${program} RUNTIME DESTINATION ${folder})
    return()
  endif()
  file(RELATIVE_PATH lib ${CMAKE_INSTALL_PREFIX}/${folder} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(${program} PROPERTIES INSTALL_RPATH "$ORIGIN/${lib}")
  target_link_options(${program} PRIVATE
    # Old tags: the libraries find each other there, too, and LD_LIBRARY_PATH does not come first.
    -Wl,--disable-new-dtags
    # What is linked statically is no other library's business.
    -Wl,--exclude-libs,libre2.a:libz.a:libdeflate.a)
  install(TARGETS ${program} RUNTIME_DEPENDENCY_SET logd_bundle RUNTIME DESTINATION ${folder})
endfunction()
