/**
 * The manifests under {@code k8s/}: rendered as a cluster would get them, held against the schemas of Kubernetes and of what extends it, and
 * against rules of our own. May import what is public of the application, to compare with it.
 */
package io.safelight.k8s;
