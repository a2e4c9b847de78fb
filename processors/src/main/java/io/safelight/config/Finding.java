package io.safelight.config;

/**
 * Something wrong in a file that a person wrote.
 *
 * @param file  path below the home folder, with slashes
 * @param line  1 for the first
 * @param fault what is wrong, without a full stop
 * @param fix   what to do about it, as a sentence
 */
public record Finding(String file, int line, String fault, String fix) {}
