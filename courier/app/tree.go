package app

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// leafFunc returns what stands at a setting from now on. The type is that of the
// setting in Config, or nil if Config has no such setting.
type leafFunc func(t reflect.Type, path string, value any) any

// eachLeaf calls the function for everything in a tree of YAML that is neither a section
// nor a list, and for empty ones, and puts what it returns into the tree.
func eachLeaf(t reflect.Type, path string, value any, change leafFunc) any {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			break
		}
		for name, child := range v {
			v[name] = eachLeaf(memberType(t, name), below(path, name), child, change)
		}
		return v
	case []any:
		if len(v) == 0 {
			break
		}
		for i, child := range v {
			v[i] = eachLeaf(elementType(t), below(path, strconv.Itoa(i)), child, change)
		}
		return v
	}
	return change(t, path, value)
}

// memberType is the type of what a struct or a map has under a name, or nil.
func memberType(t reflect.Type, name string) reflect.Type {
	switch {
	case t == nil:
	case t.Kind() == reflect.Map:
		return t.Elem()
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			field := t.Field(i)
			tag, options, _ := strings.Cut(field.Tag.Get("koanf"), ",")
			if tag == name {
				return field.Type
			}
			if options == "squash" {
				if found := memberType(field.Type, name); found != nil {
					return found
				}
			}
		}
	}
	return nil
}

func elementType(t reflect.Type) reflect.Type {
	if t == nil || t.Kind() != reflect.Slice {
		return nil
	}
	return t.Elem()
}

// isSecret reports whether a setting of this type, which holds a text, is a secret.
func isSecret(t reflect.Type) bool {
	return t == reflect.TypeFor[secret.Text]() || t == reflect.TypeFor[AdminKey]()
}
