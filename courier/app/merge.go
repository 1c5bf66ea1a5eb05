package app

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// merge takes out of a newer configuration what can change while the courier runs. The
// lists name settings by their paths.
type merge struct {
	// changed are those that are new, restart those that are not taken because they take
	// effect at the next start.
	changed, restart []string
}

// trees returns the running configuration with what is new in it.
func (m *merge) trees(running, newer map[string]any) map[string]any {
	merged, _ := m.values(reflect.TypeFor[Config](), "", running, newer).(map[string]any)
	slices.Sort(m.changed)
	slices.Sort(m.restart)
	return merged
}

// values returns what stands at a path from now on; nil is nothing.
func (m *merge) values(t reflect.Type, path string, running, newer any) any {
	if alike(running, newer) {
		return running
	}
	old, wasSection := running.(map[string]any)
	now, isSection := newer.(map[string]any)
	if wasSection && isSection {
		return m.sections(t, path, old, now)
	}
	switch oldList, nowList := asList(running), asList(newer); {
	case changeable(t, path):
		m.changed = append(m.changed, path)
		return newer
	case len(oldList) > 0 && len(oldList) == len(nowList) && memberTypes(elementType(t)):
		merged := make([]any, len(oldList))
		for i := range oldList {
			merged[i] = m.values(elementType(t), below(path, strconv.Itoa(i)), oldList[i], nowList[i])
		}
		return merged
	}
	m.restart = append(m.restart, path)
	return running
}

func (m *merge) sections(t reflect.Type, path string, running, newer map[string]any) map[string]any {
	merged := make(map[string]any)
	names := maps.Clone(running)
	maps.Copy(names, newer)
	for name := range names {
		value := m.values(memberType(t, name), below(path, name), running[name], newer[name])
		if value != nil {
			merged[name] = value
		}
	}
	return merged
}

// changeable reports whether a running courier can take another value of a setting: its
// secrets, but for the one that finds what is stored and the collector's, its limits, what
// follows from security events, texts, prices, log level, and the address that doctor asks.
func changeable(t reflect.Type, path string) bool {
	if path == "secrets.lookup" || within(path, "tracing") {
		return false
	}
	if t != nil && (isSecret(t) || isSecret(elementType(t)) || t.Kind() == reflect.Map && isSecret(t.Elem())) {
		return true
	}
	return slices.ContainsFunc([]string{
		"version", "kratos.basic_auth", "limits", "sms.max_per_hour", "sms.max_per_day", "sms.prefixes", "sms.texts", "sms.origin", "reports", "security_events", "kratos.admin_url", "serve.public.url", "log.level",
	}, func(prefix string) bool { return within(path, prefix) })
}

// alike reports whether two values are the same. A number has another type in YAML than in
// the schema.
func alike(a, b any) bool {
	if x, y := reflect.ValueOf(a), reflect.ValueOf(b); x.IsValid() && y.IsValid() {
		float := reflect.TypeFor[float64]()
		if x.CanConvert(float) && y.CanConvert(float) {
			return x.Convert(float).Equal(y.Convert(float))
		}
	}
	return reflect.DeepEqual(a, b)
}

func asList(value any) []any {
	list, _ := value.([]any)
	return list
}

// memberTypes reports whether things of a type have settings of their own.
func memberTypes(t reflect.Type) bool { return t != nil && t.Kind() == reflect.Struct }

// inALine is a list of settings as the log has it.
func inALine(paths []string) string { return strings.Join(paths, ", ") }
