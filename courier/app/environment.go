package app

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"
)

// environmentFaults finds numbers that are none: configx turns them into 0,
// which for a port would silently mean "any".
func environmentFaults(values *koanf.Koanf) []string {
	var faults []string
	for _, path := range values.Keys() {
		name := variable(path)
		text, set := os.LookupEnv(name)
		if _, number := values.Get(path).(float64); !set || !number {
			continue
		}
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			faults = append(faults, at(path, "the environment variable "+name+" is not a number"))
		}
	}
	return faults
}

// variable is the environment variable of a setting.
func variable(path string) string { return strings.ToUpper(strings.ReplaceAll(path, ".", "_")) }

// ofOtherPrograms are variables that Kubernetes and Docker make for a service that
// is called kratos, sms or the like.
var ofOtherPrograms = regexp.MustCompile(`_(SERVICE_(HOST|PORT)(_.*)?|PORT(_[0-9]+_.*)?|ENV_.*|NAME)$`)

// unknownVariables are those among `environment` ("NAME=value") that begin like a
// setting of ours and are none: a misspelt one would be ignored without a word.
func unknownVariables(environment, paths []string) []string {
	known, sections, secrets := make(map[string]bool), make(map[string]bool), secretSettings()
	for _, path := range paths {
		section, _, nested := strings.Cut(path, ".")
		known[variable(path)] = true
		if _, secret := secrets[path]; secret {
			known[variable(path)+fileSuffix] = true
		}
		if nested {
			sections[variable(section)+"_"] = true
		}
	}
	var unknown []string
	for _, entry := range environment {
		name, _, _ := strings.Cut(entry, "=")
		section, _, _ := strings.Cut(name, "_")
		if sections[section+"_"] && !known[name] && !ofOtherPrograms.MatchString(name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}
