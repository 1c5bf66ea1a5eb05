package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// mostPosts is how many posts a tap remembers: more than a spec causes.
const mostPosts = 1000

// Tap stands between Kratos and a courier: it passes on what Kratos posts, and remembers
// it. It can hold the posts to a path, or be gone as if the courier were.
type Tap struct {
	address string
	proxy   *httputil.ReverseProxy

	mu     sync.Mutex
	server *http.Server
	posts  []*Post
	held   map[string]chan struct{} // By path; closed to let go.
}

// Post is one request of Kratos, and what it was answered.
type Post struct {
	At   time.Time
	Path string
	// Body may hold a code and a number.
	Body string
	// Status is 0 where no answer came.
	Status int
	// Took is how long Kratos waited for the answer, or for none; 0 means that it still
	// does.
	Took time.Duration
}

// StartTap listens on an address and passes on to what listens at courier, a base URL.
func StartTap(ctx context.Context, address, courier string) (*Tap, error) {
	to, err := url.Parse(courier)
	if err != nil {
		return nil, fmt.Errorf("what the tap passes on to: %w", err)
	}
	t := &Tap{address: address, held: map[string]chan struct{}{}}
	t.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		// A courier that is not there answers nothing.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	return t, t.Return(ctx)
}

// URL is where Kratos reaches it on this machine.
func (t *Tap) URL() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return "http://" + t.address
}

// Leave closes the listener and all connections: nobody is there.
func (t *Tap) Leave() error {
	t.mu.Lock()
	server := t.server
	t.server = nil
	t.mu.Unlock()
	if server == nil {
		return nil
	}
	return server.Close()
}

// Return listens again where it did before; it may do so already.
func (t *Tap) Return(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server != nil {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", t.address)
	if err != nil {
		return fmt.Errorf("the tap cannot listen: %w", err)
	}
	t.address = listener.Addr().String()
	server := &http.Server{Handler: http.HandlerFunc(t.serve), ReadHeaderTimeout: time.Minute}
	t.server = server
	go func() { _ = server.Serve(listener) }() // It ends when Leave closes it.
	return nil
}

// Hold takes what is posted to a path, and neither passes it on nor answers, until
// release is called.
func (t *Tap) Hold(path string) (release func()) {
	open := make(chan struct{})
	t.mu.Lock()
	t.held[path] = open
	t.mu.Unlock()
	return sync.OnceFunc(func() {
		t.mu.Lock()
		delete(t.held, path)
		t.mu.Unlock()
		close(open)
	})
}

// Posts are those since then, in the order in which they came.
func (t *Tap) Posts(since time.Time) (posts []Post) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.posts {
		if !p.At.Before(since) {
			posts = append(posts, *p)
		}
	}
	return posts
}

func (t *Tap) serve(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	body, err := io.ReadAll(r.Body) // A body cut short is the courier's to refuse.
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	post, open := t.note(Post{At: at, Path: r.URL.Path, Body: string(body)})
	if open != nil {
		select {
		case <-open:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	}
	answer := &answering{ResponseWriter: w}
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		post.Status, post.Took = answer.status, time.Since(at)
	}()
	t.proxy.ServeHTTP(answer, r)
}

// note remembers a post, and returns what it waits for if it is held.
func (t *Tap) note(p Post) (post *Post, open chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.posts) == mostPosts {
		t.posts = t.posts[1:]
	}
	t.posts = append(t.posts, &p)
	return &p, t.held[p.Path]
}

// answering notes the status of an answer.
type answering struct {
	http.ResponseWriter
	status int
}

func (a *answering) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the proxy flush.
func (a *answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// failing is the end of a body: of one cut short, its error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil && !errors.Is(f.err, io.EOF) {
		return 0, f.err
	}
	return 0, io.EOF
}
