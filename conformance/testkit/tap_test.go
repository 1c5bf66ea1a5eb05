package testkit

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tapped is a tap before a courier that answers 202 and says what it got.
func tapped(t *testing.T, address string) (*Tap, chan string) {
	t.Helper()
	got := make(chan string, 10)
	courier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.Host + r.URL.RequestURI() + " " + r.Header.Get("X-API-Key") + " " + string(body)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(courier.Close)
	tap, err := StartTap(t.Context(), address, courier.URL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tap.Leave()) })
	got <- strings.TrimPrefix(courier.URL, "http://")
	return tap, got
}

func postTo(t *testing.T, url, body string) (status int, err error) {
	t.Helper()
	answer, err := Do(t.Context(), http.MethodPost, url, body, "X-API-Key", "the key")
	return answer.Status, err
}

func TestATapPassesOnAndRemembers(t *testing.T) {
	t.Parallel()
	tap, got := tapped(t, "127.0.0.1:0")
	courier := <-got
	begun := time.Now()
	status, err := postTo(t, tap.URL()+"/messages?x=1", "the body")
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, status)
	require.Equal(t, courier+"/messages?x=1 the key the body", <-got, "to the courier by its own name, with all that Kratos sent")
	var posts []Post
	require.Eventually(t, func() bool {
		posts = tap.Posts(begun)
		return len(posts) == 1 && posts[0].Status != 0
	}, 30*time.Second, time.Millisecond)
	require.Equal(t, "/messages", posts[0].Path)
	require.Equal(t, "the body", posts[0].Body)
	require.Equal(t, http.StatusAccepted, posts[0].Status)
	require.Positive(t, posts[0].Took)
	require.Empty(t, tap.Posts(time.Now()))
}

func TestATapHoldsWhatIsPostedToAPath(t *testing.T) {
	t.Parallel()
	tap, got := tapped(t, "127.0.0.1:0")
	<-got
	release := tap.Hold("/events")
	ended := make(chan error)
	go func() {
		_, err := postTo(t, tap.URL()+"/events", "an event")
		ended <- err
	}()
	require.Eventually(t, func() bool { return len(tap.Posts(time.Time{})) == 1 }, 30*time.Second, time.Millisecond)
	_, err := postTo(t, tap.URL()+"/messages", "a message")
	require.NoError(t, err, "the rest passes")
	require.Contains(t, <-got, "a message")
	release()
	require.Error(t, <-ended, "what was held gets no answer")
	_, err = postTo(t, tap.URL()+"/events", "another event")
	require.NoError(t, err)
	require.Contains(t, <-got, "another event")
}

func TestATapIsGoneAndComesBack(t *testing.T) {
	t.Parallel()
	tap, got := tapped(t, "127.0.0.1:0")
	<-got
	at := tap.URL()
	require.NoError(t, tap.Leave())
	_, err := postTo(t, at+"/messages", "")
	require.Error(t, err)
	require.NoError(t, tap.Return(t.Context()))
	require.NoError(t, tap.Return(t.Context()), "it is there already")
	require.Equal(t, at, tap.URL())
	_, err = postTo(t, at+"/messages", "")
	require.NoError(t, err)
	taken, err := url.Parse(at)
	require.NoError(t, err)
	_, err = StartTap(t.Context(), taken.Host, at)
	require.ErrorContains(t, err, "the tap cannot listen")
}

func TestATapRemembersTheLatestPosts(t *testing.T) {
	t.Parallel()
	tap := &Tap{}
	for range mostPosts {
		tap.note(Post{Path: "/old"})
	}
	tap.note(Post{Path: "/new"})
	posts := tap.Posts(time.Time{})
	require.Len(t, posts, mostPosts)
	require.Equal(t, "/new", posts[mostPosts-1].Path)
}

func TestACourierThatIsNotThereAnswersNothing(t *testing.T) {
	t.Parallel()
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	tap, err := StartTap(t.Context(), "127.0.0.1:0", nobody.URL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, tap.Leave()) })
	_, err = postTo(t, tap.URL()+"/messages", "")
	require.Error(t, err)
	post := tap.Posts(time.Time{})[0]
	require.Zero(t, post.Status)
	require.Positive(t, post.Took)
}
