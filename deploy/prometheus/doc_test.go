// Package prometheus_test proves what people see of a running courier and are woken by: the
// alerts, the runbook, the dashboards and the files of deploy/compose.observability.yml.
// Prometheus' and Grafana's own libraries read them (in the module check, so that what these
// need is not in the courier's go.mod), promtool runs the examples of the alerts, and a real
// courier has every metric and label that they ask for.
package prometheus_test
