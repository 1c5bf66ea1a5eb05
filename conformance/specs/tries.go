package specs

import (
	"context"
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// tries are the requests to send something to a number on WhatsApp, taken or
// refused, in order.
func tries(ctx context.Context, mock *testkit.Mock, phone string) []client.Call {
	GinkgoHelper()
	var all []client.Call
	for _, call := range must(mock.Calls(ctx)) {
		var sent struct {
			To string `json:"to"`
		}
		// Messages.json is the SMS provider's.
		if strings.HasSuffix(call.Path, "/messages") && json.Unmarshal(call.Request, &sent) == nil && sent.To == phone {
			all = append(all, call)
		}
	}
	return all
}
