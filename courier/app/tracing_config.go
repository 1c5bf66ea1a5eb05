package app

import (
	"net"
	"strconv"
	"strings"

	"github.com/ory/x/otelx"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// Tracing says where spans go, in the words of other Ory services.
type Tracing struct {
	Provider              string `koanf:"provider"`
	ServiceName           string `koanf:"service_name"`
	DeploymentEnvironment string `koanf:"deployment_environment"`
	Providers             struct {
		OTLP struct {
			ServerURL           string      `koanf:"server_url"`
			Insecure            bool        `koanf:"insecure"`
			AuthorizationHeader secret.Text `koanf:"authorization_header" origin:"take it from who runs your collector, or leave it empty"`
			Sampling            Sampling    `koanf:"sampling"`
		} `koanf:"otlp"`
		Zipkin struct {
			ServerURL string   `koanf:"server_url"`
			Sampling  Sampling `koanf:"sampling"`
		} `koanf:"zipkin"`
		Jaeger struct {
			LocalAgentAddress string `koanf:"local_agent_address"`
			Sampling          struct {
				ServerURL    string  `koanf:"server_url"`
				TraceIDRatio float64 `koanf:"trace_id_ratio"`
			} `koanf:"sampling"`
		} `koanf:"jaeger"`
	} `koanf:"providers"`
}

// Sampling says how many of the new traces are sent, from 0 to 1.
type Sampling struct {
	SamplingRatio float64 `koanf:"sampling_ratio"`
}

// tracingFaults are those of the provider that is named.
func (c *Config) tracingFaults() []string {
	providers := c.Tracing.Providers
	switch c.Tracing.Provider {
	case "otel":
		if !isAddress(providers.OTLP.ServerURL) {
			return []string{at("tracing.providers.otlp.server_url", "must be host and port of the collector, such as localhost:4318")}
		}
	case "zipkin":
		if providers.Zipkin.ServerURL == "" {
			return []string{at("tracing.providers.zipkin.server_url", "missing; tracing.provider is zipkin")}
		}
	case "jaeger":
		if !isAddress(providers.Jaeger.LocalAgentAddress) {
			return []string{at("tracing.providers.jaeger.local_agent_address", "must be host and port of the agent, such as 127.0.0.1:6831")}
		}
	}
	return nil
}

// isAddress reports whether a text is a host and a port, and nothing else.
func isAddress(text string) bool {
	host, port, err := net.SplitHostPort(text)
	_, fault := strconv.ParseUint(port, 10, 16)
	return err == nil && fault == nil && host != "" && !strings.ContainsAny(host, "/@")
}

// otelx returns the settings as ory/x takes them.
func (t Tracing) otelx() *otelx.Config {
	from := t.Providers
	c := &otelx.Config{ServiceName: t.ServiceName, DeploymentEnvironment: t.DeploymentEnvironment, Provider: t.Provider}
	c.Providers.OTLP = otelx.OTLPConfig{
		ServerURL: from.OTLP.ServerURL, Insecure: from.OTLP.Insecure, AuthorizationHeader: from.OTLP.AuthorizationHeader.Reveal(),
		Sampling: otelx.OTLPSampling{SamplingRatio: from.OTLP.Sampling.SamplingRatio},
	}
	c.Providers.Zipkin = otelx.ZipkinConfig{
		ServerURL: from.Zipkin.ServerURL, Sampling: otelx.ZipkinSampling{SamplingRatio: from.Zipkin.Sampling.SamplingRatio},
	}
	c.Providers.Jaeger = otelx.JaegerConfig{
		LocalAgentAddress: from.Jaeger.LocalAgentAddress,
		Sampling:          otelx.JaegerSampling{ServerURL: from.Jaeger.Sampling.ServerURL, TraceIdRatio: from.Jaeger.Sampling.TraceIDRatio},
	}
	return c
}
