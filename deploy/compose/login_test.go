package compose_test

import (
	"context"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// TestUpAndSignIn starts the whole stack, and a person signs in with a code from the
// simulated phone.
func TestUpAndSignIn(t *testing.T) {
	t.Parallel()
	s := up(t)
	for name := range s.Services {
		if name != "kratos-migrate" {
			s.healthy(name)
		}
	}
	browser := s.browser()
	const number = "+14155550126"

	page := browser.open("http://127.0.0.1:4455/")
	require.Contains(t, page.text, "Type your phone number", "the sign-in page, after redirects through Kratos")
	page = browser.submit(page, url.Values{"identifier": {number}})
	require.Contains(t, page.text, "has no account here yet")
	page = browser.submit(page, nil)
	require.Contains(t, page.text, "Type the six digits")

	phones := client.New("http://" + s.address["mockmeta"] + ":4491")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	messages, err := phones.WaitForMessages(ctx, client.Filter{To: number, Channel: "whatsapp"}, 1)
	require.NoError(t, err, "%s\n%s", s.logs["whatsapp-courier"], s.logs["kratos"])
	require.NoError(t, phones.WaitForStatus(ctx, messages[0].ID, "delivered"))

	page = browser.submit(page, url.Values{"code": {messages[0].Code}})
	require.Contains(t, page.text, "Signed in")
	require.Contains(t, html.UnescapeString(page.text), number)

	// The message's story, from the courier's database, by the operators' command.
	require.Eventually(t, func() bool {
		list := s.courierCommand(t, "deliveries", "list", "--format", "json")
		return strings.Contains(list, `"used_at"`) && strings.Contains(list, "whatsapp")
	}, time.Minute, 100*time.Millisecond, "the webhook of Meta and the web hook of Kratos did not come")

	require.Contains(t, browser.open("http://127.0.0.1:4480/admin/ui").text, "<html", "the operators' page")

	// An SMS, too.
	require.NoError(t, phones.SetHandset(ctx, "+14155550127", client.Handset{State: client.NotOnWhatsApp}))
	other := s.browser()
	page = other.submit(other.open("http://127.0.0.1:4455/"), url.Values{"identifier": {"+14155550127"}})
	page = other.submit(page, nil)
	messages, err = phones.WaitForMessages(ctx, client.Filter{To: "+14155550127", Channel: "sms"}, 1)
	require.NoError(t, err)
	page = other.submit(page, url.Values{"code": {messages[0].Code}})
	require.Contains(t, page.text, "Signed in")
	require.Eventually(t, func() bool {
		return strings.Contains(s.courierCommand(t, "deliveries", "list", "--format", "json", "--channel", "sms"), "delivered")
	}, time.Minute, 100*time.Millisecond, "the receipt of the SMS did not come")
	s.purge(t)
	require.NotContains(t, s.logs["whatsapp-courier"].String(), "variables", "the courier saw settings of others in its environment")
}

// purge removes Kratos' messages as deploy/GUIDE.md says, as Kratos' role.
func (s *stack) purge(t *testing.T) {
	t.Helper()
	page, err := os.ReadFile("../GUIDE.md")
	require.NoError(t, err)
	found := regexp.MustCompile("(?s)```sql\n(.*?)```").FindSubmatch(page)
	require.NotNil(t, found)
	purge := strings.Replace(string(found[1]), "INTERVAL '1 day'", "INTERVAL '0 seconds'", 1)
	require.NotEqual(t, string(found[1]), purge)

	password, err := os.ReadFile(s.Secrets["kratos_db"].File)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), "postgres://kratos:"+string(password)+"@"+s.address["postgres"]+":5432/kratos?sslmode=disable")
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(context.WithoutCancel(t.Context()))) }()
	stored := func() (n int) {
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM courier_messages").Scan(&n))
		return n
	}
	require.Positive(t, stored(), "Kratos keeps codes in clear")
	done, err := conn.Exec(t.Context(), purge)
	require.NoError(t, err)
	require.Positive(t, done.RowsAffected())
	require.Zero(t, stored())

	// Each program has its own database only.
	_, err = pgx.Connect(t.Context(), "postgres://kratos:"+string(password)+"@"+s.address["postgres"]+":5432/whatsapp_courier?sslmode=disable")
	require.ErrorContains(t, err, "permission denied")
}

// courierCommand is a command of operators, with the key that secrets.sh made for them.
func (s *stack) courierCommand(t *testing.T, args ...string) string {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(filepath.Dir(s.Secrets["courier.yml"].File), "admin_key"))
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), s.program("whatsapp-courier"), args...)
	cmd.Env = append(os.Environ(), "COURIER_ADMIN_KEY="+string(key), "COURIER_ADMIN_URL=http://"+s.address["whatsapp-courier"]+":4480")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// browser is a browser without scripts that reaches the published ports.
type browser struct {
	t    *testing.T
	http http.Client
}

type page struct{ at, text string }

func (s *stack) browser() *browser {
	published := make(map[string]string)
	for name, service := range s.Services {
		for _, port := range service.Ports {
			published[net.JoinHostPort(port.HostIP, port.Published)] = s.address[name] + ":" + strconv.Itoa(port.Target)
		}
	}
	jar, _ := cookiejar.New(nil) // It never fails.
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		// What is not published cannot be reached.
		return (&net.Dialer{}).DialContext(ctx, network, published[address])
	}}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: s.t, http: http.Client{Jar: jar, Transport: transport, Timeout: time.Minute}}
}

func (b *browser) open(at string) page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, at, nil)
	require.NoError(b.t, err)
	return b.ask(request)
}

// submit sends the first form of a page, with what a person types.
func (b *browser) submit(p page, typed url.Values) page {
	b.t.Helper()
	form := regexp.MustCompile(`(?s)<form method="post" action="([^"]+)"[^>]*>(.*?)</form>`).FindStringSubmatch(p.text)
	require.NotNil(b.t, form, "there is no form on %s:\n%s", p.at, p.text)
	values := url.Values{}
	for _, input := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(form[2], -1) {
		values.Set(input[1], html.UnescapeString(input[2]))
	}
	for name, value := range typed {
		values[name] = value
	}
	base, err := url.Parse(p.at)
	require.NoError(b.t, err)
	action, err := base.Parse(html.UnescapeString(form[1]))
	require.NoError(b.t, err)
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, action.String(), strings.NewReader(values.Encode()))
	require.NoError(b.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.ask(request)
}

func (b *browser) ask(request *http.Request) page {
	b.t.Helper()
	request.Header.Set("Accept", "text/html")
	answer, err := b.http.Do(request)
	require.NoError(b.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(b.t, err)
	return page{at: answer.Request.URL.String(), text: string(text)}
}
