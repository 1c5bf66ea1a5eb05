package kratos

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// otherBodies were captured with another jsonnet body; they are no full context.
var otherBodies = map[string]bool{"jsonnet_small.json": true, "form_urlencoded.json": true}

func TestParseCapturedMessages(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.json")
	require.NoError(t, err)
	require.Greater(t, len(files), 50)
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(file)
			require.NoError(t, err)
			message, err := ParseMessage(body)
			if otherBodies[filepath.Base(file)] {
				require.ErrorIs(t, err, ErrMalformed)
				return
			}
			require.NoError(t, err)
			require.Empty(t, message.Undeliverable)

			// What to expect is read from the captured file by its rendered text and
			// its keys, not by the parser's table.
			var raw struct {
				Recipient    string         `json:"recipient"`
				Body         string         `json:"body"`
				TemplateType string         `json:"template_type"`
				Data         map[string]any `json:"template_data"`
			}
			require.NoError(t, json.Unmarshal(body, &raw))
			require.Contains(t, raw.Body, message.Code.Reveal())
			require.Len(t, message.Code.Reveal(), 6)
			require.Equal(t, onlyDigits(raw.Recipient), onlyDigits(message.To.E164()))
			require.Equal(t, raw.TemplateType, string(message.Purpose)+"_code_valid")
			if minutes, ok := raw.Data["expires_in_minutes"].(float64); ok {
				require.Equal(t, time.Duration(minutes)*time.Minute, message.Life)
			} else {
				require.Zero(t, message.Life)
			}
			identity := raw.Data["identity"].(map[string]any)
			if id, ok := identity["id"].(string); ok {
				require.Equal(t, id, message.Identity)
			} else {
				require.Empty(t, message.Identity)
			}
			transient := raw.Data["transient_payload"].(map[string]any)
			asked, _ := transient["channel"].(string)
			require.Equal(t, asked, string(message.Asked))
		})
	}
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// kratosBody makes a message of Kratos with some template_data.
func kratosBody(templateType, recipient string, data map[string]any) []byte {
	body, err := json.Marshal(map[string]any{
		"recipient": recipient, "template_type": templateType, "template_data": data,
		"message_type": "sms", "subject": "", "body": "",
	})
	if err != nil {
		panic(err)
	}
	return body
}

func TestParseRefusesOtherBodies(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":            ``,
		"no JSON":          `code=556209&to=%2B919876543210`,
		"array":            `[]`,
		"truncated":        `{"recipient":"+919876543210","template_type":"login_code_valid"`,
		"trailing":         `{"recipient":"+919876543210","template_type":"login_code_valid","template_data":{}} x`,
		"not UTF-8":        "{\"recipient\":\"\xff\"}",
		"no template_type": `{"recipient":"+919876543210","template_data":{"login_code":"895130"}}`,
		"no recipient":     `{"template_type":"login_code_valid","template_data":{"login_code":"895130"}}`,
		"no template_data": `{"recipient":"+919876543210","template_type":"login_code_valid"}`,
		"wrong types":      `{"recipient":919876543210,"template_type":"login_code_valid","template_data":{"login_code":"895130"}}`,
		"data is a string": `{"recipient":"+919876543210","template_type":"login_code_valid","template_data":"895130"}`,
		"deep":             strings.Repeat("[", 100_000),
	} {
		_, err := ParseMessage([]byte(body))
		require.ErrorIs(t, err, ErrMalformed, name)
		require.NotContains(t, err.Error(), "895130", name)
		require.NotContains(t, err.Error(), "9876543210", name)
	}
}

func TestParseNamesWhatCannotBeDelivered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, templateType, recipient, want string
		data                                map[string]any
	}{
		{"unknown type", "recovery_valid", "+919876543210", courier.ReasonUnsupported, map[string]any{"recovery_url": "x"}},
		{"email", "login_code_valid", "person@example.com", courier.ReasonNotAPhone, map[string]any{"login_code": "123456"}},
		{"no code", "login_code_valid", "+919876543210", courier.ReasonNoCode, map[string]any{"verification_code": "123456"}},
		{"code is a number", "login_code_valid", "+919876543210", courier.ReasonNoCode, map[string]any{"login_code": 123456}},
		{"empty code", "login_code_valid", "+919876543210", courier.ReasonNoCode, map[string]any{"login_code": ""}},
		{"endless code", "login_code_valid", "+919876543210", courier.ReasonNoCode, map[string]any{"login_code": strings.Repeat("1", 65)}},
	} {
		message, err := ParseMessage(kratosBody(c.templateType, c.recipient, c.data))
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, message.Undeliverable, c.name)
	}
}

// A client of Kratos controls transient_payload, traits and headers: nothing
// there may stop a code or choose more than channel, flow and language.
func TestParseToleratesWhatClientsControl(t *testing.T) {
	t.Parallel()
	for name, extra := range map[string]map[string]any{
		"payload is a list": {"transient_payload": []int{1}},
		"payload is text":   {"transient_payload": "sms"},
		"channel is a list": {"transient_payload": map[string]any{"channel": []string{"sms"}}},
		"unknown channel":   {"transient_payload": map[string]any{"channel": "pigeon"}},
		"locale is junk":    {"transient_payload": map[string]any{"locale": "<script>"}},
		"identity is text":  {"identity": "x"},
		"metadata is null":  {"identity": map[string]any{"metadata_public": nil, "traits": []int{}}},
		"minutes are text":  {"expires_in_minutes": "five"},
		"minutes are huge":  {"expires_in_minutes": 1e300},
	} {
		data := map[string]any{"login_code": "123456"}
		for k, v := range extra {
			data[k] = v
		}
		message, err := ParseMessage(kratosBody("login_code_valid", "+919876543210", data))
		require.NoError(t, err, name)
		require.Empty(t, message.Undeliverable, name)
		require.Equal(t, "123456", message.Code.Reveal(), name)
		require.Empty(t, message.Asked, name)
		require.Empty(t, message.Locales, name)
		require.LessOrEqual(t, message.Life, 24*time.Hour, name)
	}
}

func TestParseCollectsLanguages(t *testing.T) {
	t.Parallel()
	body, err := json.Marshal(map[string]any{
		"recipient": "+919876543210", "template_type": "login_code_valid",
		"request_headers": map[string]any{"Accept-Language": []string{"pt-BR,pt;q=0.9,en;q=0.5"}},
		"template_data": map[string]any{
			"login_code":        "123456",
			"transient_payload": map[string]any{"locale": "hi", "flow": "f1", "channel": "sms"},
			"identity":          map[string]any{"traits": map[string]any{"locale": "es_MX"}, "metadata_public": map[string]any{"locale": "de"}},
		},
	})
	require.NoError(t, err)
	message, err := ParseMessage(body)
	require.NoError(t, err)
	require.Equal(t, []string{"hi", "es-MX", "de", "pt-BR", "pt"}, message.Locales)
	require.Equal(t, "f1", message.Flow)
	require.Equal(t, courier.SMS, message.Asked)
}

func FuzzParseMessage(f *testing.F) {
	for _, name := range []string{"v1.3.1/login_code_valid.json", "v26.2.0/recovery_code_valid.json", "v26.2.0/registration_code_valid.json"} {
		seed, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		message, err := ParseMessage(body)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		if message.Undeliverable == "" {
			require.False(t, message.Code.IsZero())
			require.False(t, message.To.IsZero())
			require.NotEmpty(t, message.Purpose)
		}
		require.LessOrEqual(t, len(message.Flow), 64)
		require.LessOrEqual(t, len(message.Locales), maxLocales)
	})
}
