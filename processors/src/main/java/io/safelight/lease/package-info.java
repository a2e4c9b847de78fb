/** Which of several processes does what only one may do: leases of Kubernetes, held, renewed and given back. Knows nothing of the work. Imports nothing of ours. */
package io.safelight.lease;
