package specs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

func TestAPromiseIsBrokenByAMessageMore(t *testing.T) {
	t.Parallel()
	p := promise{spec: "FBK-6: no SMS is sent a second time", on: client.SMS, count: 1}
	late := client.Message{Channel: client.WhatsApp, Statuses: []client.Status{{Name: "delivered"}}}
	text := client.Message{Channel: client.SMS}
	require.Empty(t, p.broken([]client.Message{late, text}))
	require.Equal(t,
		"FBK-6: no SMS is sent a second time: 1 SMS and no more; the phone got: WhatsApp 1 (delivered), SMS 1 (no status), SMS 2 (no status)",
		p.broken([]client.Message{late, text, text}))
	require.Empty(t, promise{count: 2}.broken([]client.Message{late, text}), "any channel")
	require.NotEmpty(t, promise{}.broken([]client.Message{late}))
}
