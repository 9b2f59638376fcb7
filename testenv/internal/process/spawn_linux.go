package process

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// attributes puts a child into a group of its own and has the kernel send it
// death when the thread that started it ends.
func attributes(death syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
}

type request struct {
	child *exec.Cmd
	done  chan error
}

// requests feeds the one thread that starts all children. The death signal is
// bound to a thread, not to the process: were a child started from any
// goroutine, it could be killed when the Go runtime retires that thread.
var requests = sync.OnceValue(func() chan<- request {
	queue := make(chan request)
	go func() {
		runtime.LockOSThread() // never unlocked: lives as long as the process
		for r := range queue {
			r.done <- r.child.Start()
		}
	}()
	return queue
})

func spawn(child *exec.Cmd) error {
	r := request{child: child, done: make(chan error)}
	requests() <- r
	return <-r.done
}
