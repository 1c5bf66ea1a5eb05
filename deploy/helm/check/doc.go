// Package check holds the chart whatsapp-courier against Helm, Kubernetes and the real
// courier. It is a module of its own, so that what Helm needs is not in the courier's
// go.mod. Each folder in testdata has the values of one installation, the objects that
// its owner makes, and in golden.yaml what the chart makes of them (go test -update).
package check
