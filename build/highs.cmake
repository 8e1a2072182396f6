# How HiGHS is compiled (read by its cmake through CMAKE_TOOLCHAIN_FILE, see .cargo/config.toml). Its sources share large headers, so
# that compiling ten of them as one unit takes about a third of the time of compiling each by itself.
set(CMAKE_UNITY_BUILD ON)
set(CMAKE_UNITY_BUILD_BATCH_SIZE 10)
