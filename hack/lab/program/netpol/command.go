// Package netpol enforces NetworkPolicy on one node with nftables.
//
// It watches Pods, Namespaces and NetworkPolicies and replaces one table atomically after every change. Pods must be
// routed (CNI "ptp"), so that packets between two pods of one node pass the forward hook too. IPv6 and pods in the
// host's network are not covered.
package netpol

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// burst is how long changes are gathered before the table is written.
	burst = 20 * time.Millisecond
	// retryAfter is the pause after a table that nft refused.
	retryAfter = time.Second
)

// NewCommand guards the pods of one node until it is killed. The rules stay in force when it ends.
func NewCommand() *cobra.Command {
	var kubeconfig, node string
	command := &cobra.Command{
		Use:   "netpol",
		Short: "Enforce NetworkPolicy on a node",
		RunE: func(command *cobra.Command, _ []string) error {
			return guard(command.Context(), kubeconfig, node)
		},
	}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the apiserver")
	command.Flags().StringVar(&node, "node", "", "name of the node: only its pods are guarded here")
	return command
}

func guard(ctx context.Context, kubeconfig, node string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	changed := make(chan struct{}, 1)
	signal := func(any) {
		select {
		case changed <- struct{}{}:
		default: // a change is already pending
		}
	}
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    signal,
		DeleteFunc: signal,
		UpdateFunc: func(_, current any) { signal(current) },
	}
	pods := factory.Core().V1().Pods()
	namespaces := factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	fmt.Println("netpol is ready on", node)

	inForce := ""
	for {
		table, err := readTable(node, pods.Lister(), namespaces.Lister(), policies.Lister())
		if err != nil {
			return err
		}
		if table != inForce {
			if err := load(table); err != nil {
				fmt.Fprintln(os.Stderr, err)
				time.Sleep(retryAfter)
				signal(nil)
			} else {
				inForce = table
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			time.Sleep(burst)
		}
	}
}

// lister is the part of the generated listers that is needed here.
type lister[T any] interface {
	List(labels.Selector) ([]T, error)
}

func load(table string) error {
	nft := exec.Command("nft", "-f", "-")
	nft.Stdin = strings.NewReader(table)
	if output, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %v: %s\n%s", err, output, table)
	}
	return nil
}
