package doctor

import (
	"context"
	"net/url"
	"slices"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/lenient"
)

// subscribedApps are the ids of the apps that get an account's webhooks.
func (a asker) subscribedApps(ctx context.Context, account string) ([]string, error) {
	var list struct {
		Data []struct {
			App struct {
				ID lenient.Text `json:"id"`
			} `json:"whatsapp_business_api_data"`
		} `json:"data"`
	}
	_, err := a.Get(ctx, url.Values{}, &list, account, "subscribed_apps")
	var ids []string
	for _, s := range list.Data {
		ids = append(ids, string(s.App.ID))
	}
	return ids, err
}

// subscription holds the apps of an account against that of the token; "" when it is not
// known.
func subscription(apps []string, ours string) []Finding {
	if slices.Contains(apps, ours) || ours == "" && len(apps) > 0 {
		return nil
	}
	return []Finding{{
		Error, "whatsapp.business_account_id", "the token's app is not subscribed to the account: Meta takes the messages and never reports what became of them",
		"subscribe it: POST /<business_account_id>/subscribed_apps with the token",
	}}
}
