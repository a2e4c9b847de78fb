/** The packaged application as its users meet it: started by the launcher as a process of its own, spoken to over HTTP and SFTP. */
package io.safelight.it;
