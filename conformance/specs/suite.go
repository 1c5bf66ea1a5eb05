package specs

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

const (
	// limit is the deadline of one spec.
	limit = SpecTimeout(30 * time.Second)
	// fallbackAfter is how long WhatsApp has to deliver in these specs.
	fallbackAfter = 2 * time.Second
	// margin is what a deadline may be late by on a busy machine.
	margin = time.Second
)

// suite holds the deployment that most specs share. Each person has a number of
// their own, so specs do not see each other. A spec that needs other settings,
// or that breaks something, starts a deployment of its own.
type suite struct{ *testkit.System }

// Register adds the specs to Ginkgo's tree. Call it once, before RunSpecs.
func Register() {
	s := &suite{}
	BeforeSuite(s.start, NodeTimeout(2*time.Minute))
	AfterEach(func() { showLogs(s.System) })

	s.login()
	s.attempts()
	s.expiry()
	s.singleUse()
	s.messages()
	s.exactRequest()
	s.limits()
	s.budget()
	s.fallback()
	s.events()
	s.breaker()
	s.superseding()
	s.reports()
	s.receipts()
	s.templated()
	s.pace()
	s.denied()
	s.memory()
	s.countries()
	s.unused()
	s.hooks()
	s.languages()
	s.numbers()
	s.secondFactor()
	s.webhook()
	s.crash()
	s.crashStorm()
	s.stop()
	s.disk()
	s.doors()
	s.metrics()
	s.privacy()
	s.privacyOfRules()
	s.erasure()
	s.configuredSecrets()
	s.trust()
	s.neighbours()
	s.operators()
}

func (s *suite) start(ctx SpecContext) {
	Expect(testkit.CheckBinaries()).To(Succeed())
	s.System = must(testkit.StartSystem(ctx, withKratos()))
	DeferCleanup(s.Close)
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

// deployment starts mock and courier for one spec that needs settings of its
// own; configure may be nil. It has no Kratos: the spec posts messages itself.
func deployment(ctx context.Context, configure func(testkit.Config)) *testkit.System {
	GinkgoHelper()
	return deploymentWith(ctx, nil, configure)
}

// deploymentWith also gives the mock more flags.
func deploymentWith(ctx context.Context, mockFlags []string, configure func(testkit.Config)) *testkit.System {
	GinkgoHelper()
	mock := calm()
	mock.Args = append(mock.Args, mockFlags...)
	return system(ctx, testkit.SystemOptions{
		Mock:          mock,
		Courier:       testkit.CourierOptions{Configure: also(quick, configure)},
		WithoutKratos: true,
	})
}

// system starts a deployment that ends with the spec, and shows its logs when
// the spec fails.
func system(ctx context.Context, o testkit.SystemOptions) *testkit.System {
	GinkgoHelper()
	d := must(testkit.StartSystem(ctx, o))
	DeferCleanup(d.Close)
	DeferCleanup(func() { showLogs(d) })
	return d
}

func also(first, second func(testkit.Config)) func(testkit.Config) {
	return func(c testkit.Config) {
		first(c)
		if second != nil {
			second(c)
		}
	}
}

// showLogs adds to a failed spec's report what the parts said.
func showLogs(d *testkit.System) {
	if d == nil || !CurrentSpecReport().Failed() {
		return
	}
	AddReportEntry("courier", d.Courier.LogTail(40))
	AddReportEntry("mock", d.Mock.LogTail(20))
	if d.Kratos != nil {
		AddReportEntry("Kratos", d.Kratos.LogTail(20))
	}
}
