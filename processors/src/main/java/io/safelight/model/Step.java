package io.safelight.model;

import java.time.Instant;

/** Work that was done on an image, for its timeline: {@code receive}, {@code process}, {@code scan} or {@code publish}. */
public record Step(String name, Instant from, Instant to) {}
