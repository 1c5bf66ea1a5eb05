package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// errNoPhone says that nobody can log in by phone.
var errNoPhone = errors.New("no identity schema has a trait `phone` that is an identifier of the code method by SMS, so nobody logs in by phone there")

// identitySchema is what decides over logins by phone.
type identitySchema struct {
	Properties struct {
		Traits struct {
			Properties struct {
				Phone struct {
					Ory struct {
						Credentials struct {
							Code struct {
								Identifier bool   `json:"identifier"`
								Via        string `json:"via"`
							} `json:"code"`
						} `json:"credentials"`
					} `json:"ory.sh/kratos"`
				} `json:"phone"`
			} `json:"properties"`
		} `json:"traits"`
	} `json:"properties"`
}

// checkPhone finds out whether people log in by phone at a Kratos, as those do whom the
// suite makes.
func (k *Kratos) checkPhone(ctx context.Context) error {
	schemas, res, err := k.public.IdentityAPI.ListIdentitySchemas(ctx).Execute()
	if err != nil {
		return fmt.Errorf("read the identity schemas: %w", withBody(err))
	}
	defer res.Body.Close()
	for _, container := range schemas {
		raw, err := json.Marshal(container.Schema)
		if err != nil {
			return err
		}
		var schema identitySchema
		if err := json.Unmarshal(raw, &schema); err != nil {
			continue // Another one may have a phone.
		}
		if code := schema.Properties.Traits.Properties.Phone.Ory.Credentials.Code; code.Identifier && code.Via == "sms" {
			return nil
		}
	}
	return errNoPhone
}
