// Package signin is the demo's login page. It shows what any login page on Kratos
// does: it reads the browser's flow from Kratos and draws a form that the browser
// posts straight to Kratos. It knows neither codes nor the courier, and it works
// without JavaScript.
package signin
