package testkit

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// A target's own template is there in every language, and is through the review.
func TestTemplateOfATarget(t *testing.T) {
	t.Parallel()
	mock, err := StartMock(t.Context(), MockOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mock.Close(context.WithoutCancel(t.Context()))) })
	require.NoError(t, mock.AddTemplate(t.Context(), "team_otp"))
	all, err := mock.Templates(t.Context())
	require.NoError(t, err)
	var languages []string
	for _, template := range all {
		if template.Name == "team_otp" {
			require.Equal(t, "APPROVED", template.Status, template.Language)
			languages = append(languages, template.Language)
		}
	}
	require.ElementsMatch(t, templateLanguages(), languages)
	require.ErrorContains(t, mock.AddTemplate(t.Context(), "Not A Name"), `template: the mock answers 400 to "Not A Name"`)
}
