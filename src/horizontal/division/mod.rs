//! Claims on too little money (分配请求): proportional, equal awards, equal losses, Talmud and their kin, with checked properties.
