package specs

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
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

// deploy starts mock and courier for one spec, with settings of this repository's
// courier; configure may be nil, and then any courier will do. It has no Kratos:
// the spec posts messages itself.
func (s *suite) deploy(ctx context.Context, configure func(testkit.Config)) deployment {
	GinkgoHelper()
	return s.deployWithFlags(ctx, nil, configure)
}

// deployWithFlags also gives the mock more flags.
func (s *suite) deployWithFlags(ctx context.Context, mockFlags []string, configure func(testkit.Config)) deployment {
	GinkgoHelper()
	return s.deploySystem(ctx, withoutKratos(mockFlags, configure))
}

// deployWith starts mock and courier for one spec, with settings that any courier
// may have.
func (s *suite) deployWith(ctx context.Context, change target.Settings) deployment {
	GinkgoHelper()
	o := withoutKratos(nil, nil)
	o.Courier.Settings = change
	return s.deploySystem(ctx, o)
}

// deployWithKratos starts all parts for one spec; configure, of the courier, may
// be nil.
func (s *suite) deployWithKratos(ctx context.Context, configure func(testkit.Config)) deployment {
	GinkgoHelper()
	return s.deploySystem(ctx, withKratos(configure))
}

// deploySystem starts what the options say, for one spec.
func (s *suite) deploySystem(ctx context.Context, o testkit.SystemOptions) deployment {
	GinkgoHelper()
	own := s.begin(ctx, o)
	own.endWithSpec()
	return own
}

// endWithSpec stops the deployment after the spec, and shows its logs when the
// spec fails.
func (d deployment) endWithSpec() {
	DeferCleanup(d.Close)
	DeferCleanup(d.showLogs)
	DeferCleanup(d.record)
}

// begin starts what the options say, with a courier like the shared one.
func (s *suite) begin(ctx context.Context, o testkit.SystemOptions) deployment {
	GinkgoHelper()
	for _, access := range needsOf(o.Courier) {
		needs(access)
	}
	if !o.WithoutKratos {
		needs(viaOwnKratos)
	}
	o.Courier.Target = s.options.Target
	o.Courier.Settings = s.settings(o.Courier.Settings)
	var own deployment
	given(ownDeployment, func() { own.System = must(testkit.StartSystem(ctx, o)) })
	return own
}

// settings are those that a courier is started with when a spec wants these changes. A
// target that states a time may send its SMS too soon for them.
func (s *suite) settings(change target.Settings) target.Settings {
	GinkgoHelper()
	got := s.options.Target.SettingsFor(change)
	if wanted := timeOr(change.FallbackAfter, 0); timeOr(got.FallbackAfter, 0) < wanted {
		Skip(fmt.Sprintf("the target sends its SMS after %s, and what is looked at here takes %s", got.FallbackAfter, wanted))
	}
	return got
}

// needsOf are the accesses that it takes to start a courier like that.
func needsOf(o testkit.CourierOptions) []string {
	if o.Configure != nil || o.Fillable || o.MockAPI != "" {
		return []string{viaSettings}
	}
	return append(o.Settings.Access(), viaStart)
}

// withoutKratos is a deployment with short times to which the spec posts itself;
// configure may be nil.
func withoutKratos(mockFlags []string, configure func(testkit.Config)) testkit.SystemOptions {
	mock := calm()
	mock.Args = append(mock.Args, mockFlags...)
	return testkit.SystemOptions{Mock: mock, Courier: testkit.CourierOptions{Configure: configure}, WithoutKratos: true}
}

// withKratos is a whole deployment with short times; configure may be nil.
func withKratos(configure func(testkit.Config)) testkit.SystemOptions {
	return testkit.SystemOptions{
		Mock:    calm(),
		Courier: testkit.CourierOptions{Configure: configure},
		Kratos:  testkit.KratosOptions{Configure: eager},
	}
}

// calm keeps the mock from misbehaving by chance: what a spec needs it plants.
func calm() testkit.MockOptions { return testkit.MockOptions{Args: []string{"--calm"}} }

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
