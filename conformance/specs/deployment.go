package specs

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// perNumber is how many codes a number gets in ten minutes, by default.
const perNumber = 3

// deployment is what a spec is about: a courier between Kratos (or the spec in
// its place) and the mock of Meta and of the SMS provider. Its methods are the
// words that specs are written in; each stands in the file named for what it is
// about.
//
// A method whose name begins with expect waits for what it expects, if that
// takes time, and returns what it saw. Every method ends the spec on an error.
type deployment struct{ *testkit.System }

// deploy starts mock and courier for one spec that needs settings of its own;
// configure may be nil. It has no Kratos: the spec posts messages itself.
func deploy(ctx context.Context, configure func(testkit.Config)) deployment {
	GinkgoHelper()
	return deployWithFlags(ctx, nil, configure)
}

// deployWithFlags also gives the mock more flags.
func deployWithFlags(ctx context.Context, mockFlags []string, configure func(testkit.Config)) deployment {
	GinkgoHelper()
	return deploySystem(ctx, withoutKratos(mockFlags, configure))
}

// deployWithKratos starts all parts for one spec; configure, of the courier, may
// be nil.
func deployWithKratos(ctx context.Context, configure func(testkit.Config)) deployment {
	GinkgoHelper()
	o := withKratos()
	o.Courier.Configure = also(quick, configure)
	return deploySystem(ctx, o)
}

// deploySystem starts what the options say.
func deploySystem(ctx context.Context, o testkit.SystemOptions) deployment {
	GinkgoHelper()
	needs(viaSettings)
	var d deployment
	given(ownDeployment, func() { d.System = must(testkit.StartSystem(ctx, o)) })
	d.endWithSpec()
	return d
}

// endWithSpec stops the deployment after the spec, and shows its logs when the
// spec fails.
func (d deployment) endWithSpec() {
	DeferCleanup(d.Close)
	DeferCleanup(d.showLogs)
	DeferCleanup(d.record)
}

// withoutKratos is a deployment with short times to which the spec posts itself.
func withoutKratos(mockFlags []string, configure func(testkit.Config)) testkit.SystemOptions {
	mock := calm()
	mock.Args = append(mock.Args, mockFlags...)
	return testkit.SystemOptions{
		Mock:          mock,
		Courier:       testkit.CourierOptions{Configure: also(quick, configure)},
		WithoutKratos: true,
	}
}

// withKratos is a whole deployment with short times.
func withKratos() testkit.SystemOptions {
	return testkit.SystemOptions{
		Mock:    calm(),
		Courier: testkit.CourierOptions{Configure: quick},
		Kratos:  testkit.KratosOptions{Configure: eager},
	}
}

// calm keeps the mock from misbehaving by chance: what a spec needs it plants.
func calm() testkit.MockOptions { return testkit.MockOptions{Args: []string{"--calm"}} }

// quick makes the courier's times short enough to wait for.
func quick(c testkit.Config) {
	c.Set("fallback.after", fallbackAfter.String())
	c.Set("fallback.overall", (2 * fallbackAfter).String())
}

// eager lets Kratos look for messages more often than a production would.
func eager(c testkit.Config) { c.Set("courier.worker.pull_wait", "20ms") }

// also makes one configuration of two; the second may be nil.
func also(first, second func(testkit.Config)) func(testkit.Config) {
	return func(c testkit.Config) {
		first(c)
		if second != nil {
			second(c)
		}
	}
}

// stopAndRestart stops the courier as SIGTERM does, and starts it again.
func (d deployment) stopAndRestart(ctx context.Context) {
	GinkgoHelper()
	needs(viaProcess)
	Expect(d.Courier.Stop(ctx)).To(Succeed())
	Expect(d.Courier.Restart(ctx)).To(Succeed())
}

// killAndRestart kills the courier as SIGKILL does, and starts it again.
func (d deployment) killAndRestart(ctx context.Context) {
	GinkgoHelper()
	needs(viaProcess)
	Expect(d.Courier.Kill()).To(Succeed())
	Expect(d.Courier.Restart(ctx)).To(Succeed())
}

// showLogs adds to a failed spec's report what the parts said.
func (d deployment) showLogs() {
	if d.System == nil || !CurrentSpecReport().Failed() {
		return
	}
	AddReportEntry("courier", d.Courier.LogTail(40))
	AddReportEntry("mock", d.Mock.LogTail(20))
	if d.Kratos != nil {
		AddReportEntry("Kratos", d.Kratos.LogTail(20))
	}
}

// must ends the spec on an error.
func must[T any](value T, err error) T {
	GinkgoHelper()
	Expect(err).NotTo(HaveOccurred())
	return value
}
