/** The thin layer between Camel and everything else: named beans for the kamelets, headers and properties. The only package that imports Camel. */
package io.safelight.camel;
