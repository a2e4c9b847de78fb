/** What the groups say to each other: ids, formats, events, states, decisions. Imports nothing of ours but {@code error}. */
package io.safelight.model;
