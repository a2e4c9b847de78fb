/** One sealed vocabulary of faults: reject, retry or dead-letter. Imports nothing of ours. */
package io.safelight.error;
