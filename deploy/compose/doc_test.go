// Package compose_test proves deploy/compose.yml without a container engine: the file is
// read by the library of `docker compose`, and each container's command and health check
// is run here, with the same files, ports and order, as a process with a loopback address
// of its own in place of its network.
package compose_test
