package mockmeta_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// sendCode stands for the program under test.
func sendCode(base, token, to, code string) int {
	parameters := `"parameters":[{"type":"text","text":"` + code + `"}]`
	body := `{"messaging_product":"whatsapp","to":"` + to + `","type":"template","template":{"name":"login_code","language":{"code":"en_US"},
		"components":[{"type":"body",` + parameters + `},{"type":"button","sub_type":"url","index":"0",` + parameters + `}]}}`
	req, err := http.NewRequest(http.MethodPost, base+"/v25.0/"+mockmeta.PhoneNumberID+"/messages", strings.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// A message is sent, and the phone has it.
func ExampleNew() {
	mock := mockmeta.New(mockmeta.Options{Calm: true})
	defer mock.Close()

	sendCode(mock.URL, mockmeta.DefaultAccessToken, "+12025550143", "481920")
	mock.Advance(time.Minute)
	for _, m := range mock.Messages(client.Filter{To: "+12025550143"}) {
		_, read := m.Status("read")
		fmt.Println(m.Code, read)
	}
	// Output: 481920 true
}

// The next send fails, the one after it does not.
func ExampleServer_Client() {
	mock := mockmeta.New(mockmeta.Options{Calm: true})
	defer mock.Close()

	if err := mock.Client().FailNextSend(context.Background(), "+12025550143", 131016); err != nil {
		fmt.Println(err)
	}
	fmt.Println(sendCode(mock.URL, mockmeta.DefaultAccessToken, "+12025550143", "481920"))
	fmt.Println(sendCode(mock.URL, mockmeta.DefaultAccessToken, "+12025550143", "481920"))
	// Output:
	// 500
	// 200
}
