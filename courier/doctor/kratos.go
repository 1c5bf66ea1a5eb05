package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
)

// Kratos is what the configuration says about Kratos, as kratos.*, and where Kratos' own
// configuration is.
type Kratos struct {
	// File is Kratos' configuration file.
	File                    string
	Credentials             auth.Credentials
	CodeLifespan, RetrySpan time.Duration
	// Bodies evaluates the snippets of jsonnet in it; nil leaves that out.
	Bodies *Bodies
}

// kratosFile is the part of Kratos' configuration that matters here.
type kratosFile struct {
	Version string `yaml:"version"`
	DSN     string `yaml:"dsn"`
	Log     struct {
		LeakSensitiveValues bool `yaml:"leak_sensitive_values"`
	} `yaml:"log"`
	Courier struct {
		Channels []struct {
			ID      string  `yaml:"id"`
			Request request `yaml:"request_config"`
		} `yaml:"channels"`
		MessageRetries *int `yaml:"message_retries"`
		Worker         struct {
			PullWait time.Duration `yaml:"pull_wait"`
		} `yaml:"worker"`
	} `yaml:"courier"`
	Selfservice struct {
		Methods struct {
			Code struct {
				Passwordless bool `yaml:"passwordless_enabled"`
				SecondFactor bool `yaml:"mfa_enabled"`
				Config       struct {
					Lifespan time.Duration `yaml:"lifespan"`
				} `yaml:"config"`
			} `yaml:"code"`
		} `yaml:"methods"`
		Flows struct {
			Login        flow `yaml:"login"`
			Registration flow `yaml:"registration"`
			Verification flow `yaml:"verification"`
			Recovery     flow `yaml:"recovery"`
		} `yaml:"flows"`
	} `yaml:"selfservice"`
	Features struct {
		RecoveryBySMS bool `yaml:"choose_recovery_address"`
	} `yaml:"feature_flags"`
}

// flow is one self-service flow.
type flow struct {
	Enabled bool `yaml:"enabled"`
	After   struct {
		Hooks []hook `yaml:"hooks"`
		Code  struct {
			Hooks []hook `yaml:"hooks"`
		} `yaml:"code"`
	} `yaml:"after"`
}

// hook is what Kratos does after a flow.
type hook struct {
	Hook   string `yaml:"hook"`
	Config struct {
		request  `yaml:",inline"`
		Response struct {
			Ignore bool `yaml:"ignore"`
		} `yaml:"response"`
	} `yaml:"config"`
}

// examine reads Kratos' file and holds it against the configuration.
func (k Kratos) examine(ctx context.Context, r *Report) {
	text, err := os.ReadFile(k.File)
	if err != nil {
		r.found(Finding{Unknown, "--kratos-config", err.Error(), "name Kratos' configuration file"})
		return
	}
	file, err := parseKratos(text)
	if err != nil {
		r.found(Finding{Error, filepath.Base(k.File), err.Error(), "correct it; Kratos does not start with it either"})
		return
	}
	findings := k.check(ctx, file)
	r.found(findings...)
	if len(findings) == 0 {
		r.learned(filepath.Base(k.File), "hands codes and events over as this configuration expects them")
	}
	if strings.HasPrefix(file.DSN, "postgres") || strings.HasPrefix(file.DSN, "cockroach") {
		r.learned(filepath.Base(k.File)+": dsn", "run one courier worker of Kratos for this database: several hand the same message over twice, and the courier sends it once")
	}
}

// parseKratos reads the file. A value of another type than ours is left out: Kratos has its
// own word about those.
func parseKratos(text []byte) (kratosFile, error) {
	var file kratosFile
	err := yaml.Unmarshal(text, &file)
	if _, mistyped := errors.AsType[*yaml.TypeError](err); err == nil || mistyped {
		return file, nil
	}
	// The parser's own words may quote what stands there, and so a secret.
	where := regexp.MustCompile(`\bline [0-9]+\b`).FindString(err.Error())
	return file, fmt.Errorf("it is not valid YAML (%s)", where)
}

func (k Kratos) check(ctx context.Context, file kratosFile) []Finding {
	findings := slices.Concat(k.channel(ctx, file), k.hooks(ctx, file), passwordless(file), k.lifespan(file), k.retries(file), leaks(file))
	for i := range findings {
		findings[i].Where = filepath.Base(k.File) + ": " + findings[i].Where
	}
	return findings
}

// channel is where Kratos hands codes over.
func (k Kratos) channel(ctx context.Context, file kratosFile) []Finding {
	for i, channel := range file.Courier.Channels {
		if channel.ID == "sms" {
			at := fmt.Sprintf("courier.channels.%d.request_config", i)
			findings := channel.Request.check(at, "/kratos/messages", k.Credentials)
			if channel.Request.Body != "" {
				findings = append(findings, k.messageBody(ctx, at+".body", file.Version, channel.Request.Body)...)
			}
			return findings
		}
	}
	return []Finding{{
		Error, "courier.channels", "there is no channel with the id sms: Kratos has nowhere to hand codes for phones to",
		"add the channel of deploy/kratos/kratos.yml",
	}}
}

// hooks tell the courier which codes were used. Those of a method silently replace those of
// the flow.
func (k Kratos) hooks(ctx context.Context, file kratosFile) []Finding {
	flows := file.Selfservice.Flows
	flows.Login.Enabled = true
	flows.Recovery.Enabled = flows.Recovery.Enabled && file.Features.RecoveryBySMS
	var findings []Finding
	for _, f := range []struct {
		name string
		flow
	}{{"login", flows.Login}, {"registration", flows.Registration}, {"verification", flows.Verification}, {"recovery", flows.Recovery}} {
		where, hooks := "selfservice.flows."+f.name+".after.hooks", f.After.Hooks
		if len(f.After.Code.Hooks) > 0 {
			where, hooks = "selfservice.flows."+f.name+".after.code.hooks", f.After.Code.Hooks
		}
		if f.Enabled {
			findings = append(findings, k.events(ctx, f.name, where, hooks)...)
		}
	}
	return findings
}

// events looks for the web hook to us among the hooks of a flow.
func (k Kratos) events(ctx context.Context, flow, where string, hooks []hook) []Finding {
	for i, h := range hooks {
		if h.Hook != "web_hook" || !leadsTo(h.Config.URL, "/kratos/events") {
			continue
		}
		at := fmt.Sprintf("%s.%d.config", where, i)
		findings := h.Config.check(at, "/kratos/events", k.Credentials)
		if !h.Config.Response.Ignore {
			findings = append(findings, Finding{
				Error, at + ".response.ignore", "a courier that is down would break the flow itself: people cannot get in although their code is right",
				"set response: {ignore: true}",
			})
		}
		if h.Config.Body != "" {
			findings = append(findings, k.eventBody(ctx, at+".body", flow, h.Config.Body)...)
		}
		return findings
	}
	return []Finding{{
		Warning, where, "no web hook tells the courier that a code was used: the SMS is sent also to who has got in, and no conversion is counted",
		"add the web hook to /kratos/events of deploy/kratos/kratos.yml",
	}}
}

// passwordless says when codes are for no login: not by themselves, nor after a password.
func passwordless(file kratosFile) []Finding {
	if code := file.Selfservice.Methods.Code; code.Passwordless || code.SecondFactor {
		return nil
	}
	return []Finding{{
		Warning, "selfservice.methods.code.passwordless_enabled", "it is off, and so is mfa_enabled: nobody can log in with a code, which serves verification and recovery only",
		"set passwordless_enabled: true, unless that is what you want",
	}}
}

// lifespan compares how long a code lives; Kratos' default is an hour.
func (k Kratos) lifespan(file kratosFile) []Finding {
	theirs := file.Selfservice.Methods.Code.Config.Lifespan
	if theirs == 0 {
		theirs = time.Hour
	}
	if theirs == k.CodeLifespan {
		return nil
	}
	return []Finding{{
		Warning, "selfservice.methods.code.config.lifespan", fmt.Sprintf("codes live %s for Kratos and %s for the courier (kratos.code_lifespan)", theirs, k.CodeLifespan),
		"set both to the same: Kratos v1.3.1 does not tell the courier",
	}}
}

// retries compares for how long Kratos repeats a message with for how long we know it
// again. Defaults are Kratos': 5 repeats, a second apart. v1.3.1 makes three requests a try,
// which take 3 s more while the courier answers nothing (measured).
func (k Kratos) retries(file kratosFile) []Finding {
	repeats, wait := 5, time.Second
	if n := file.Courier.MessageRetries; n != nil {
		repeats = *n
	}
	if file.Courier.Worker.PullWait > 0 {
		wait = file.Courier.Worker.PullWait
	}
	if isV1(file.Version) {
		wait += 3 * time.Second
	}
	if span := time.Duration(repeats+1) * wait; span > k.RetrySpan {
		return []Finding{{
			Warning, "courier.message_retries", fmt.Sprintf("Kratos may repeat a message for %s, but the courier knows it again for only %s after the code's life (kratos.retry_span)", span, k.RetrySpan),
			"make kratos.retry_span longer, or courier.message_retries or courier.worker.pull_wait smaller",
		}}
	}
	return nil
}

func leaks(file kratosFile) []Finding {
	if !file.Log.LeakSensitiveValues {
		return nil
	}
	return []Finding{{Error, "log.leak_sensitive_values", "Kratos writes codes and numbers into its log", "set it to false"}}
}

// leadsTo reports whether a URL's path ends in one of ours: what stands before may be a
// proxy's.
func leadsTo(address, route string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	clean := path.Clean(u.Path)
	return len(clean) >= len(route) && clean[len(clean)-len(route):] == route
}
