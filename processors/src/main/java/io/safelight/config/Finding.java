package io.safelight.config;

/**
 * A fault in a configuration file.
 *
 * @param line from 1
 * @param fix  what to do about it
 */
public record Finding(String file, int line, String fault, String fix) {
    @Override
    public String toString() {
        return "%s:%d: %s; %s".formatted(file, line, fault, fix);
    }
}
