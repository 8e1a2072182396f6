//! Work that takes long: a bounded queue, workers with compiled models kept warm, limits and cancellation.
