package app

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"
	"github.com/ory/jsonschema/v3"
	"github.com/ory/x/configx"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// Schema is the JSON schema (draft 7) of the configuration.
//
//go:embed config.schema.json
var Schema []byte

// ConfigError lists everything that is wrong with a configuration.
type ConfigError struct{ Faults []string }

// Error lists the faults, one a line.
func (e *ConfigError) Error() string {
	return "the configuration is not valid:\n  " + strings.Join(e.Faults, "\n  ")
}

// LoadConfig reads the given YAML files, later ones over earlier ones, and the
// environment over all of them. A *ConfigError names every fault with its path
// and never a value, which could be a secret.
func LoadConfig(ctx context.Context, files []string) (*Config, error) {
	var sources []koanf.Provider
	for _, file := range files {
		source, err := configx.NewKoanfFile(file)
		if err != nil {
			return nil, fmt.Errorf("cannot read the configuration file: %w", err)
		}
		sources = append(sources, source)
	}
	// configx.WithConfigFiles would start ory/x's watcher, which prints to stdout.
	values, err := configx.New(ctx, Schema, configx.SkipValidation(), configx.WithUserProviders(sources...))
	if err != nil {
		return nil, fmt.Errorf("cannot read the configuration: %w", err)
	}
	faults, err := schemaFaults(ctx, values.Raw())
	if err != nil {
		return nil, err
	}
	faults = append(faults, environmentFaults(values)...)
	var c Config
	if err := values.Unmarshal("", &c); err != nil && len(faults) == 0 {
		faults = append(faults, err.Error())
	}
	faults = append(faults, c.faults()...)
	faults = append(faults, c.senderFaults(faults)...)
	if len(faults) > 0 {
		slices.Sort(faults)
		return nil, &ConfigError{Faults: slices.Compact(faults)}
	}
	return &c, nil
}

// schemaFaults validates against the schema and names every fault.
func schemaFaults(ctx context.Context, values map[string]any) ([]string, error) {
	schema, err := jsonschema.CompileString(ctx, "config.schema.json", string(Schema))
	if err != nil {
		return nil, err
	}
	document, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	err = schema.Validate(bytes.NewReader(document))
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil, err
	}
	return leaves(invalid), nil
}

// leaves flattens a validation error to "path: what is wrong".
func leaves(e *jsonschema.ValidationError) []string {
	if len(e.Causes) == 0 {
		path := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(e.InstancePtr, "#"), "/"), "/", ".")
		return []string{at(path, e.Message)}
	}
	var faults []string
	for _, cause := range e.Causes {
		faults = append(faults, leaves(cause)...)
	}
	return faults
}

// environmentFaults finds numbers that are none: configx turns them into 0,
// which for a port would silently mean "any".
func environmentFaults(values *configx.Provider) []string {
	var faults []string
	for _, path := range values.Keys() {
		name := strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
		text, set := os.LookupEnv(name)
		if _, number := values.Get(path).(float64); !set || !number {
			continue
		}
		if _, err := strconv.Atoi(text); err != nil {
			faults = append(faults, at(path, "the environment variable "+name+" is not a number"))
		}
	}
	return faults
}

// faults are the rules that no schema can express.
func (c *Config) faults() []string {
	var faults []string
	require := func(ok bool, path, text string) {
		if !ok {
			faults = append(faults, at(path, text))
		}
	}
	basic := c.Kratos.BasicAuth
	require(len(c.Kratos.APIKeys) > 0 || basic.Username != "" && basic.Password != "", "kratos.api_keys",
		"set at least one key, or both parts of kratos.basic_auth; without them Kratos cannot get in")
	require((basic.Username == "") == (basic.Password == ""), "kratos.basic_auth", "set both username and password, or neither")

	if c.uses(courier.WhatsApp) {
		w := c.WhatsApp
		require(w.PhoneNumberID != "", "whatsapp.phone_number_id", "missing; fallback.mode allows WhatsApp")
		require(w.AccessToken != "", "whatsapp.access_token", "missing; fallback.mode allows WhatsApp")
		require(len(w.AppSecrets) > 0, "whatsapp.app_secrets", "missing; without it no delivery status can be trusted")
		require(w.VerifyToken != "", "whatsapp.verify_token", "missing; Meta's handshake needs it")
		require(slices.Contains(w.Template.Languages, w.Template.DefaultLanguage), "whatsapp.template.default_language",
			"must be one of whatsapp.template.languages")
	}
	if c.uses(courier.SMS) {
		require(c.SMS.Provider != "none", "sms.provider",
			"fallback.mode promises SMS, but there is no provider; set one, or fallback.mode: whatsapp_only")
	}
	if t := c.SMS.Twilio; c.SMS.Provider == "twilio" {
		require(t.AccountSID != "", "sms.twilio.account_sid", "missing; sms.provider is twilio")
		require(t.AuthToken != "", "sms.twilio.auth_token", "missing; sms.provider is twilio")
		require(t.From != "", "sms.twilio.from", "missing; sms.provider is twilio")
	}
	require(c.Fallback.After <= c.Fallback.Overall, "fallback.overall", "must not be shorter than fallback.after")
	require(c.Keep >= c.Kratos.CodeLifespan+c.Kratos.RetrySpan, "keep",
		"must not be shorter than kratos.code_lifespan and kratos.retry_span together, or a repeat of Kratos would look new")
	require(c.Fallback.MinRest < c.Kratos.CodeLifespan, "fallback.min_rest", "must be shorter than kratos.code_lifespan")
	return faults
}

// senderFaults are what the senders find wrong with settings that have no fault
// yet.
func (c *Config) senderFaults(known []string) []string {
	jsonnet, err := newJsonnet()
	if err != nil {
		return []string{err.Error()}
	}
	defer jsonnet.Close()
	if _, err = newSenders(c, io.Discard, jsonnet); err == nil {
		return nil
	}
	var faults []string
	for _, fault := range strings.Split(err.Error(), "\n") {
		path, _, _ := strings.Cut(fault, ":")
		if !slices.ContainsFunc(known, func(k string) bool { return strings.HasPrefix(k, path) }) {
			faults = append(faults, fault)
		}
	}
	return faults
}

// at names where a fault is.
func at(path, text string) string {
	if path == "" {
		return text
	}
	return path + ": " + text
}
