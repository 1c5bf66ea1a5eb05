// Package conformance runs the specs under go test.
package conformance

import (
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/specs"
)

// TestConformance needs bin/kratos, bin/whatsapp-courier and bin/mockmeta:
// `make kratos build` makes them.
func TestConformance(t *testing.T) {
	gomega.RegisterFailHandler(ginkgo.Fail)
	specs.Register()
	ginkgo.RunSpecs(t, "Kratos WhatsApp courier")
}
