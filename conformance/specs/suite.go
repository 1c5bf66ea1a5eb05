package specs

import (
	"errors"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// suite holds the deployment that most specs share. Each person has a number of
// their own, so specs do not see each other. A spec that needs other settings,
// or that breaks something, starts a deployment of its own.
type suite struct {
	lasting
	options Options
}

// Options say what the specs run against.
type Options struct {
	// WithoutKratos leaves Kratos out of the shared deployment: for a run in which
	// no spec logs in.
	WithoutKratos bool
	// Target is another courier than the one of this repository; may be nil.
	Target *target.Target
	// MaxWait is how long a spec may wait for a time that the target states; 0 means as
	// long as that is.
	MaxWait time.Duration
	// Emptied are requirements of which the specs do nothing.
	Emptied []string
	// First are specs that run before the others.
	First []string
}

// Register adds the specs to Ginkgo's tree. Call it once, before RunSpecs.
func Register(o Options) {
	s := &suite{options: o}
	// The context of a spec has no deadline that a wait could see.
	EnforceDefaultTimeoutsWhenUsingContexts()
	SetDefaultEventuallyTimeout(soon)
	if by := o.slow(); by > 0 {
		slowDown(by)
	}
	if len(o.First) > 0 {
		first(o.First)
	}
	if len(o.Emptied) > 0 {
		empty(o.Emptied)
	}
	BeforeSuite(s.start, NodeTimeout(2*time.Minute))
	// PreviewSpecs loses an AfterEach that stands at the root, so it has a
	// container. That has no name, for the texts of the specs are known without.
	Describe("", func() {
		AfterEach(func(ctx SpecContext) {
			s.showLogs()
			s.record(ctx)
		}, NodeTimeout(10*time.Second))
		s.specs()
	})
}

func (s *suite) specs() {
	s.login()
	s.backfill()
	s.doctor()
	s.templates()
	s.attempts()
	s.expiry()
	s.singleUse()
	s.messages()
	s.metaRequest()
	s.limits()
	s.budget()
	s.fallback()
	s.channels()
	s.events()
	s.breaker()
	s.outage()
	s.routes()
	s.templateFaults()
	s.superseding()
	s.reports()
	s.smsProvider()
	s.pace()
	s.memory()
	s.countries()
	s.unused()
	s.languages()
	s.numbers()
	s.secondFactor()
	s.webhook()
	s.crash()
	s.stop()
	s.endpoints()
	s.service()
	s.privacy()
	s.privacyOfRules()
	s.erasure()
	s.configuredSecrets()
	s.trust()
	s.securityEvents()
	s.neighbours()
	s.operators()
	s.loginPage()
}

func (s *suite) start(ctx SpecContext) {
	if s.options.Target == nil {
		Expect(testkit.CheckBinaries()).To(Succeed())
	}
	s.ledger, s.maxWait = &ledger{}, s.options.MaxWait
	DeferCleanup(s.end, NodeTimeout(2*time.Minute+s.options.slow()))
	o := withKratos(nil)
	o.WithoutKratos, o.Courier.Target, o.Courier.Settings = s.options.WithoutKratos, s.options.Target, s.options.Target.SettingsFor(target.Settings{})
	if s.options.Target != nil {
		o.Tap = s.options.Target.Tap
	}
	config, _ := GinkgoConfiguration()
	o.Numbers = testkit.NumbersFrom(uint64(config.RandomSeed), config.ParallelProcess-1, config.ParallelTotal)
	s.deployment = deployment{must(testkit.StartSystem(ctx, o))}
}

// end looks at what was promised, and stops what still runs, also after a broken
// promise.
func (s *suite) end(ctx SpecContext) {
	broken := s.ledger.broken(ctx)
	all := append(s.ledger.kept, s.deployment)
	errs := make([]error, len(all))
	var closing sync.WaitGroup
	for i, d := range all {
		if d.System != nil {
			closing.Go(func() { errs[i] = d.Close(ctx) })
		}
	}
	closing.Wait()
	Expect(errors.Join(errs...)).To(Succeed())
	if len(broken) > 0 {
		Fail("broken after the end of the spec that promised it:\n" + strings.Join(broken, "\n"))
	}
}
