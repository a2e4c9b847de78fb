/** What the groups say to each other: ids, formats, events, states, decisions; and how an answer is waited for. Imports nothing of ours but {@code error}. */
package io.safelight.model;
