package conformance_test

import (
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/runner"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/specs"
)

// TestConformance needs bin/kratos, bin/whatsapp-courier and bin/mockmeta:
// `make kratos build` makes them. Ginkgo takes its flags from go test, such as
// -ginkgo.label-filter=FBK-1.
func TestConformance(t *testing.T) {
	gomega.RegisterFailHandler(ginkgo.Fail)
	specs.Register(specs.Options{})
	requirements, err := catalogue.Parse(conformance.Requirements)
	require.NoError(t, err)
	all := specs.List()
	require.NoError(t, requirements.Check(all))
	measured, err := runner.ReadMeasured()
	require.NoError(t, err)
	require.NoError(t, runner.CheckAccess(requirements, all, measured))
	ginkgo.RunSpecs(t, "Kratos WhatsApp courier")
}
