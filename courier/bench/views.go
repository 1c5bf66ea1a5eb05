package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// slowestView asks for what operators look at, while messages come in, and returns the
// median time of the slowest view.
func slowestView(ctx context.Context, g *generator, t *target, span time.Duration, progress io.Writer) (View, error) {
	fmt.Fprintf(progress, "what operators look at: %s\n", t.name)
	done := make(chan error, 1)
	go func() {
		_, err := g.run(ctx, t, load{rate: 300, span: span})
		done <- err
	}()
	took := make(map[string][]time.Duration)
	paths := []string{
		"/admin/status", "/admin/deliveries", "/admin/deliveries?state=sent", "/admin/deliveries?state=failed",
		"/admin/deliveries?state=cancelled", "/admin/deliveries?state=delivered&limit=500",
	}
	for {
		for _, path := range paths {
			began := time.Now()
			if err := t.operator.Look(ctx, path); err != nil {
				return View{}, err
			}
			took[path] = append(took[path], time.Since(began))
		}
		select {
		case err := <-done:
			return slowest(took), err
		case <-time.After(viewsBetween):
		}
	}
}

func slowest(took map[string][]time.Duration) View {
	var views []View
	for path, all := range took {
		views = append(views, View{Path: path, Took: median(all)})
	}
	return slices.MaxFunc(views, func(a, b View) int { return int(a.Took - b.Took) })
}
