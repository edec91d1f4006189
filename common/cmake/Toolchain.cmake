# Compiler launcher and linker: whatever makes a clean build on two cores quick, when it is there.
find_program(CALFLEET_CCACHE ccache)
if(CALFLEET_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CALFLEET_CCACHE})
endif()

find_program(CALFLEET_MOLD mold)
if(CALFLEET_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Line tables are enough for a stack trace and halve the size of what the linker reads.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

# Hardening of what is shipped (reliability list S21 of the project's security goals).
if(CMAKE_BUILD_TYPE MATCHES "Rel")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  # CMake compiles for a position of its own choice but links a fixed one unless it is asked to; RELRO in full: what the linker
  # filled in is read-only before main() begins.
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
  include(CheckPIESupported)
  check_pie_supported()
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|i.86")
    add_compile_options(-fcf-protection)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Both are wrong when GCC 12 inlines: the frames of Asio's coroutines are freed as they were made, and nobody reads an
    # std::optional that holds nothing.
    add_compile_options(-Wno-mismatched-new-delete -Wno-maybe-uninitialized)
  endif()
endif()
