package check

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// Kubernetes' own check of its strictest Pod Security Standard takes every pod, and they
// are stricter still.
func TestPodsAreRestricted(t *testing.T) {
	t.Parallel()
	standard, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	require.NoError(t, err)
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, installation := range installations(t) {
		for name, pod := range installed(t, installation).pods() {
			for _, result := range standard.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec) {
				require.True(t, result.Allowed, "%s: %s: %s", name, result.ForbiddenReason, result.ForbiddenDetail)
			}
			require.False(t, *pod.Spec.EnableServiceLinks)
			require.False(t, *pod.Spec.AutomountServiceAccountToken)
			require.EqualValues(t, 65532, *pod.Spec.SecurityContext.RunAsUser, "as the image's")
			require.EqualValues(t, 65532, *pod.Spec.SecurityContext.FSGroup, "so that it may write its volume")
			for _, container := range pod.Spec.Containers {
				require.True(t, *container.SecurityContext.ReadOnlyRootFilesystem)
				require.Empty(t, container.Command, "the image has the program")
			}
		}
	}
}
