//! Offers side by side (谈判): what each gains, the zone of agreement, the nearest better counter-offer.
