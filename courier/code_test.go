package courier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

// holder keeps secrets in unexported fields, where fmt calls no methods.
type holder struct {
	code  Code
	phone Phone
	token Token
	Code  Code
	Phone Phone
	Token Token
}

func TestSecretsCannotBePrinted(t *testing.T) {
	t.Parallel()
	code, err := NewCode("013579")
	require.NoError(t, err)
	phone, err := ParsePhone("+12025550143")
	require.NoError(t, err)
	token, err := NewToken("0123456789abcdef0123456789abcdef")
	require.NoError(t, err)
	values := map[string]any{
		"token": token, "token pointer": &token, "rules": AcceptRules{Token: token},
		"code": code, "code pointer": &code, "phone": phone, "phone pointer": &phone,
		"struct": holder{code, phone, token, code, phone, token}, "struct pointer": &holder{code, phone, token, code, phone, token},
		"delivery": Delivery{Code: code, To: phone}, "message": Message{Code: code, To: phone, Token: token},
		"outgoing": Outgoing{Code: code, To: phone}, "slice": []any{code, phone}, "map": map[string]any{"c": code, "p": phone},
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
				fmt.Fprintf(&out, verb+"\n", value)
			}
			slog.New(slog.NewTextHandler(&out, nil)).Info("m", "value", value)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "value", value)
			text, err := json.Marshal(value)
			require.NoError(t, err)
			out.Write(text)
			for _, secret := range []string{"013579", "2025550143", "0123456789abcdef", "303133353739", fmt.Sprintf("%x", "2025550143")} {
				require.NotContains(t, out.String(), secret)
			}
		})
	}
}

func TestCodeKeepsItsText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"000000", "١٢٣٤٥٦", "ABCDEFGHIJKLMNO"} {
		code, err := NewCode(text)
		require.NoError(t, err)
		require.Equal(t, text, code.Reveal())
		require.False(t, code.IsZero())
	}
	_, err := NewCode("")
	require.Error(t, err)
	require.True(t, Code{}.IsZero())
	require.Empty(t, Code{}.Reveal())
}
