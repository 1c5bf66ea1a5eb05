package testkit

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

func TestSecretsAreTold(t *testing.T) {
	t.Parallel()
	ours := &Courier{KratosKey: "key", AdminKey: "admin", config: Config{"secrets": map[string]any{"cipher": []string{"c1", "c2"}, "lookup": "l"}}}
	require.Equal(t, []Hidden{{Token, "key"}, {Token, "admin"}, {Token, "c1"}, {Token, "c2"}, {Token, "l"}}, ours.Secrets())
	other := &Courier{KratosKey: "key", target: &target.Target{Messages: target.Endpoint{Value: "m"}, Events: &target.Endpoint{Value: "e"}}}
	require.Subset(t, other.Secrets(), []Hidden{{Token, "m"}, {Token, "e"}})

	k := &Kratos{}
	k.ledger.note(Token, "session", "")
	require.Equal(t, []Hidden{{Token, "session"}}, k.Secrets(), "nothing is no secret")
}
