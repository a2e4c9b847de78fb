/** One sealed vocabulary of faults: reject, retry, set aside or dead-letter. Imports nothing of ours. */
package io.safelight.error;
